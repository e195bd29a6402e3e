import { createRawSnippet, flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Me } from '../src/lib/api/types';
import { keepVote, keptVote } from '../src/lib/battle/kept';
import { account } from '../src/lib/ui/account.svelte';
import Layout from '../src/routes/+layout.svelte';
import { visit } from './app/state';
import { battle } from './fixtures';

// jsdom has no media queries.
vi.hoisted(() => {
	const query = { matches: true, addEventListener: () => null, removeEventListener: () => null };
	window.matchMedia = () => query as unknown as MediaQueryList;
});

const fetchMock = vi.fn<typeof fetch>();
const ADA = {
	user: { id: 'ada', is_guest: false },
	consent: null,
	points: { pending: 0, available: 0 },
} as unknown as Me;
/** What is answered to a vote, in its order. */
let votes: { body: object; status: number }[] = [];
let shown: object;

const busy = (more: object = {}) => ({
	body: { type: '/problems/busy', title: 'Busy', status: 503, detail: 'Busy.', ...more },
	status: 503,
});
const taken = { body: battle(), status: 200 };
const sent = () => fetchMock.mock.calls.filter(([, init]) => init?.method === 'POST').length;

async function after(ms = 0): Promise<void> {
	await vi.advanceTimersByTimeAsync(ms);
	flushSync();
}

beforeEach(async () => {
	vi.useFakeTimers();
	vi.stubGlobal('fetch', fetchMock);
	fetchMock.mockImplementation((path, init) => {
		const reply = init?.method === 'POST' ? votes.shift() : { body: ADA, status: 200 };
		if (!reply) return Promise.reject(new TypeError(`no connection to ${String(path)}`));
		return Promise.resolve(new Response(JSON.stringify(reply.body), { status: reply.status }));
	});
	document.cookie = 'csrftoken=t';
	const by = { id: 'ada', is_guest: false };
	const ballot = { outcome: 'a' as const, turn: 0, attempt: 0 };
	keepVote('one', { key: 'key-one', ballot, by, at: Date.now() });
	visit('/');
});

async function come(): Promise<void> {
	const children = createRawSnippet(() => ({ render: () => '<p>Page</p>' }));
	shown = mount(Layout, { target: document.body, props: { children } });
	flushSync();
	await after();
}

afterEach(() => {
	void unmount(shown);
	fetchMock.mockReset();
	account.me = null;
	localStorage.clear();
	vi.useRealTimers();
});

describe('a kept vote', () => {
	it('waits until it is known who is here', async () => {
		votes = [taken];
		const children = createRawSnippet(() => ({ render: () => '<p>Page</p>' }));
		shown = mount(Layout, { target: document.body, props: { children } });
		flushSync();
		expect(sent()).toBe(0);
		await after();
		expect([sent(), keptVote('one')]).toEqual([1, null]);
	});

	it('goes with the next page, whichever it is', async () => {
		votes = [busy({ retry_after: 600 }), taken];
		await come();
		expect(sent()).toBe(1);
		visit('/leaderboard');
		await after();
		expect([sent(), keptVote('one')]).toEqual([2, null]);
	});

	it('is sent again on the same page, as late as the server says', async () => {
		votes = [busy({ retry_after: 7 }), busy(), taken];
		await come();
		await after(6900);
		expect(sent()).toBe(1);
		await after(200);
		expect(sent()).toBe(2);
		await after(1100);
		expect([sent(), keptVote('one')]).toEqual([3, null]);
		await after(60_000);
		expect(sent()).toBe(3);
	});

	it('has one timer only, which a page that follows takes over', async () => {
		votes = [busy({ retry_after: 7 }), busy({ retry_after: 600 })];
		await come();
		visit('/leaderboard');
		await after(60_000);
		expect(sent()).toBe(2);
		expect(keptVote('one')).not.toBeNull();
	});
});
