import { createRawSnippet, flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BoardHistory } from '../src/lib/api/types';
import { BY_RANK } from '../src/lib/board/address';
import BoardTable from '../src/lib/board/BoardTable.svelte';
import RowDetail from '../src/lib/board/RowDetail.svelte';
import { linesOf } from '../src/lib/board/views';
import Leaderboard from '../src/routes/leaderboard/[[slug]]/+page.svelte';
import { visit } from './app/state';
import { board } from './fixtures';

// jsdom has no media queries: this is a desk with a mouse.
vi.hoisted(() => {
	const query = { matches: false, addEventListener: () => null, removeEventListener: () => null };
	window.matchMedia = () => query as unknown as MediaQueryList;
});

let shown: object | null = null;
const moved = vi.fn<(this: Element) => void>();
const two = board(9, [
	['ada', 30, 1],
	['bob', 20, 1],
]);
const lines = linesOf(two, null, 'live') ?? [];

function show(component: unknown, props: object): void {
	shown = mount(component as never, { target: document.body, props } as never);
	flushSync();
}

const table = (changes: object) => ({
	lines,
	caption: 'Overall',
	format: String,
	compared: false,
	sort: BY_RANK,
	onsort: vi.fn(),
	open: 'bob',
	onopen: vi.fn(),
	linked: null,
	onfound: vi.fn(),
	onhold: vi.fn(),
	detail: createRawSnippet(() => ({ render: () => '<p>Detail</p>' })),
	...changes,
});

beforeEach(() => {
	Element.prototype.scrollIntoView = function (this: Element) {
		moved.call(this);
	};
	const observer = { observe: () => null, unobserve: () => null, disconnect: () => null };
	vi.stubGlobal('ResizeObserver', function () {
		return observer;
	});
});

afterEach(() => {
	if (shown) void unmount(shown as never);
	document.body.replaceChildren();
	moved.mockReset();
	vi.unstubAllGlobals();
});

describe('a link to a row', () => {
	it('brings the reader to the row and its button, once', () => {
		const onfound = vi.fn();
		show(BoardTable, table({ linked: 'bob', onfound }));
		const button = document.querySelector('[data-testid="open-bob"]');
		expect(document.activeElement).toBe(button);
		expect(moved).toHaveBeenCalledOnce();
		expect(moved.mock.contexts[0]).toBe(button?.closest('tbody'));
		expect(onfound).toHaveBeenCalledOnce();
	});

	it('moves nobody who opened the row here, or whose row is not on this board', () => {
		show(BoardTable, table({}));
		expect(document.activeElement).toBe(document.body);
		void unmount(shown as never);
		const onfound = vi.fn();
		show(BoardTable, table({ open: 'eve', linked: 'eve', onfound }));
		expect([moved.mock.calls.length, onfound.mock.calls.length]).toEqual([0, 0]);
	});
});

describe('an open row', () => {
	it('has the figures behind its plot as a table', () => {
		const history = {
			slug: 'overall',
			points: [
				{ seq: 1, at: '2026-11-20T10:00:00Z', rows: [['bob', 1, '19.5', '15.5', '23.5', 4]] },
				{ seq: 9, at: '2026-11-22T10:00:00Z', rows: [['bob', 1, '20.5', '18.5', '22.5', 9]] },
			],
			events: [],
		} as unknown as BoardHistory;
		const line = lines[1];
		show(RowDetail, { line, analysis: null, history, names: new Map(), waiting: false });
		const behind = document.querySelector('details') as HTMLDetailsElement;
		behind.open = true;
		behind.dispatchEvent(new Event('toggle'));
		flushSync();
		const cells = [...behind.querySelectorAll('tbody tr')].map((row) =>
			[...row.querySelectorAll('td')].map((cell) => cell.textContent),
		);
		expect(cells).toHaveLength(2);
		expect(cells[1]?.map(Number)).toEqual([20.5, 18.5, 22.5]);
		expect(behind.querySelector('caption')?.textContent).toContain('BOB');
	});
});

describe('the address of a board that is not here', () => {
	it('says so, in words about boards, and leads to the leaderboard', async () => {
		const sockets = vi.fn();
		vi.stubGlobal('WebSocket', function () {
			sockets();
			return { close: () => undefined };
		});
		visit('/leaderboard/typo', { slug: 'typo' });
		const missing = { type: '/problems/not-found', title: 'T', status: 404, detail: 'None.' };
		const here = [{ slug: 'overall', title: 'Overall', filter: two.filter }];
		vi.stubGlobal('fetch', (path: string) => {
			const found = path === '/api/v1/boards';
			const body = JSON.stringify(found ? { results: here } : missing);
			return Promise.resolve(new Response(body, { status: found ? 200 : 404 }));
		});
		show(Leaderboard, {});
		const told = () => document.querySelector('[data-testid="board-missing"]');
		await vi.waitFor(() => expect(told()?.textContent).toContain('no board at this address'));
		expect(told()?.querySelector('a')?.getAttribute('href')).toBe('/leaderboard');
		expect(document.body.textContent).not.toContain('session');
		expect(sockets).toHaveBeenCalledOnce();
	});
});
