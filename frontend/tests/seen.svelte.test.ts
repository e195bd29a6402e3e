import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiProblem } from '../src/lib/api/problem';
import Sheet from '../src/lib/report/Sheet.svelte';
import type { Report } from '../src/lib/report/types';
import { Seen } from '../src/lib/ui/seen.svelte';
import { contender } from './fixtures';

/** Requests that are answered by hand, in any order. */
function asking<T>() {
	const open: { done: (value: T) => void; fail: (error: Error) => void }[] = [];
	const ask = () => new Promise<T>((done, fail) => open.push({ done, fail }));
	return { open, ask };
}
const settled = () => vi.advanceTimersByTimeAsync(0);
const away = (status = 503) =>
	new ApiProblem({ type: '/problems/busy', title: 'Busy', status, detail: 'Busy.' });

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

describe('what is seen of the server', () => {
	it('is of the newest choice, whatever order the answers come in', async () => {
		const { open, ask } = asking<string>();
		const seen = new Seen(ask);
		void seen.load();
		void seen.load();
		expect(open).toHaveLength(2);
		open[1]?.done('new');
		await settled();
		open[0]?.done('old');
		await settled();
		expect([seen.value, seen.old]).toEqual(['new', false]);
	});

	it('is told to be old from the choice on until its answer comes, and after one that failed', async () => {
		const { open, ask } = asking<string>();
		const seen = new Seen(ask);
		void seen.load();
		open[0]?.done('first');
		await settled();
		void seen.load();
		expect([seen.value, seen.old, seen.busy]).toEqual(['first', true, true]);
		open[1]?.fail(away());
		await settled();
		expect([seen.value, seen.old, seen.busy]).toEqual(['first', true, false]);
		expect(seen.problem?.code).toBe('busy');
	});

	it('is not told to be old while it is only looked at again, nor overwritten by an older look', async () => {
		const { open, ask } = asking<string>();
		const seen = new Seen(ask);
		const leave = seen.follow(1_000);
		open[0]?.done('first');
		await vi.advanceTimersByTimeAsync(2_000);
		expect([open.length, seen.old]).toEqual([3, false]);
		open[2]?.done('third');
		await settled();
		open[1]?.done('second');
		await settled();
		expect(seen.value).toBe('third');
		leave();
	});

	it('goes when it may no longer be seen, and with what is on its way when it is forgotten', async () => {
		const { open, ask } = asking<string>();
		const seen = new Seen(ask);
		void seen.load();
		open[0]?.done('first');
		await settled();
		void seen.load();
		open[1]?.fail(away(403));
		await settled();
		expect(seen.value).toBeNull();
		void seen.load();
		seen.forget();
		open[2]?.done('late');
		await settled();
		expect([seen.value, seen.problem, seen.busy]).toEqual([null, null, false]);
	});
});

function report(votes: number): Report {
	const tally = { votes, won: 0, lost: 0, tied: 0, both_bad: 0 };
	const results = { all: tally, categories: [], languages: [] };
	return {
		contender: contender('ada'),
		days: 7,
		as_of: '2026-11-22T10:00:00Z',
		places: [],
		rated: results,
		private_test: { ...results, all: { ...tally, votes: 0 } },
		unrated: {},
		tags: { praise: [], blame: [] },
		exposure: { sides: 1, of: 2, share: '0.5' },
		examples: [],
	};
}

describe("the report on an organisation's contender", () => {
	it('never shows the figures of another span than the chosen one', async () => {
		const { open, ask } = asking<Response>();
		const paths: string[] = [];
		vi.stubGlobal('fetch', (path: string) => (paths.push(path), ask()));
		const answer = (number: number, votes: number) =>
			open[number]?.done(new Response(JSON.stringify(report(votes)), { status: 200 }));
		const props = { organisation: 'acme', contender: 'ada' };
		const sheet = mount(Sheet, { target: document.body, props });
		const at = (id: string) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
		const choose = (days: string) => {
			const field = at('report-days') as HTMLSelectElement;
			field.selectedIndex = [...field.options].findIndex(({ text }) => text.includes(days));
			field.dispatchEvent(new Event('change', { bubbles: true }));
			flushSync();
		};
		flushSync();
		answer(0, 90);
		await settled();
		choose('30');
		choose('365');
		expect(paths.map((path) => path.split('days=')[1])).toEqual(['90', '30', '365']);
		expect(at('report-sheet')?.getAttribute('aria-busy')).toBe('true');
		answer(2, 365);
		await settled();
		answer(1, 30);
		await settled();
		expect(at('report-figures')?.textContent).toContain('365');
		expect(at('report-sheet')?.getAttribute('aria-busy')).toBe('false');
		void unmount(sheet);
	});
});
