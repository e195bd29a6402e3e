import { flushSync } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { offline } from '../src/lib/api/problem';
import type { Me, Page } from '../src/lib/api/types';
import { account } from '../src/lib/ui/account.svelte';
import { Pages } from '../src/lib/ui/pages.svelte';
import History from '../src/routes/history/+page.svelte';
import Points from '../src/routes/points/+page.svelte';
import { asked, replies, scripted, show } from './scripted';

const PAGE = 3;
interface Line {
	id: number;
	is: string;
}

/** As the server gives lines out, the newest first. */
class Served {
	asked: (string | undefined)[] = [];
	is = 'old';
	hold = Promise.resolve();

	constructor(public newest: number) {}

	page = async (cursor?: string): Promise<Page<Line>> => {
		this.asked.push(cursor);
		const from = Number(cursor ?? this.newest);
		const length = Math.min(PAGE, from);
		const results = Array.from({ length }, (_, at) => ({ id: from - at, is: this.is }));
		await this.hold;
		return { results, next: from > PAGE ? String(from - PAGE) : null, previous: null };
	};
}

const ids = ({ results }: { results: Line[] }) => results.map(({ id }) => id);

describe('a list that grows page by page', () => {
	async function held(newest: number, pages = 1) {
		const served = new Served(newest);
		const list = new Pages<Line, Page<Line>>(served.page);
		for (let page = 0; page < pages; page++) await list.more();
		served.asked = [];
		return { served, list };
	}

	it('asks for nothing at its end', async () => {
		const { served, list } = await held(2);
		await list.more();
		expect([ids(list), served.asked]).toEqual([[2, 1], []]);
	});

	it.each([
		['as many lines as are held', undefined, 6],
		['one page where so told', 1, 3],
	])('read anew reads %s and keeps what is further down', async (_, most, fresh) => {
		const { served, list } = await held(8, 2);
		[served.newest, served.is] = [10, 'new'];
		await list.look(most);
		expect(ids(list)).toEqual([10, 9, 8, 7, 6, 5, 4, 3]);
		expect(list.results.filter(({ is }) => is === 'new')).toHaveLength(fresh);
		await list.more();
		expect([ids(list).slice(-2), served.asked.at(-1)]).toEqual([[2, 1], '2']);
	});

	it.each([
		['more has come than a page holds', 8, 14, [14, 13, 12, 11, 10, 9]],
		['all of it is in one page', 2, 3, [3, 2, 1]],
	])('read anew begins again where %s', async (_, before, now, shown) => {
		const { served, list } = await held(before, 2);
		served.newest = now;
		await list.look(1);
		await list.more();
		expect(ids(list)).toEqual(shown);
	});

	/** Has the replies to what is asked from now on wait. */
	function holding(served: Served): () => void {
		let give: () => void = () => undefined;
		served.hold = new Promise((done) => (give = done));
		return give;
	}

	it.each([
		['the first page', 0, [9, 8, 7, 6]],
		['a further page', 1, [9, 8, 7, 6, 5, 4, 3]],
	])('is read anew after %s that is on its way', async (_, pages, shown) => {
		const { served, list } = await held(8, pages);
		const give = holding(served);
		const more = list.more();
		[served.newest, served.hold] = [9, Promise.resolve()];
		const again = list.again();
		await new Promise((done) => setTimeout(done));
		give();
		await Promise.all([more, again]);
		expect(ids(list)).toEqual(shown);
	});

	it('is read anew once more where a page was asked for meanwhile', async () => {
		const { served, list } = await held(8);
		served.newest = 9;
		const first = holding(served);
		const again = list.again();
		const second = holding(served);
		const more = list.more();
		first();
		await new Promise((done) => setTimeout(done));
		served.hold = Promise.resolve();
		second();
		await Promise.all([more, again]);
		expect(ids(list)).toEqual([9, 8, 7, 6, 5, 4, 3]);
	});

	it('is never as an older look saw it', async () => {
		const { served, list } = await held(8);
		const give = holding(served);
		const older = list.again();
		[served.newest, served.hold] = [9, Promise.resolve()];
		await list.again();
		give();
		await older;
		expect(ids(list)[0]).toBe(9);
	});

	it('stays as it is while it cannot be looked at', async () => {
		const { served, list } = await held(8, 2);
		served.hold = Promise.reject(offline());
		await list.look();
		expect([ids(list).length, list.problem]).toEqual([6, null]);
	});

	it.each(['retry', 'look'] as const)(
		'says that it could not be read anew until a %s succeeds',
		async (next) => {
			const { served, list } = await held(8, 2);
			[served.newest, served.hold] = [9, Promise.reject(offline())];
			await list.again();
			expect([ids(list)[0], ids(list).length, list.problem?.code]).toEqual([8, 6, 'offline']);
			served.hold = Promise.resolve();
			await list[next]();
			expect([ids(list)[0], list.problem]).toEqual([9, null]);
		},
	);

	it('goes on saying that what is further down could not be read', async () => {
		const { served, list } = await held(8);
		served.hold = Promise.reject(offline());
		await list.more();
		served.hold = Promise.resolve();
		await list.look();
		expect(list.problem?.code).toBe('offline');
		await list.retry();
		expect([ids(list), list.problem]).toEqual([[8, 7, 6, 5, 4, 3], null]);
	});
});

describe.each([
	['points', Points, '/me/points', { kind: 'award', amount: 10, reason: 'flat', changes: [] }],
	['history', History, '/me/battles', { prompt: 'Why?', sides: [], points: 0, state: 'voted' }],
])('the page of %s', (_, component, path, about) => {
	const AT = '2026-11-22T10:00:00Z';
	const ADA = { user: { id: 'ada' }, points: { pending: 0, available: 0 } } as Me;
	const page = (...lines: number[]) => ({
		body: {
			results: lines.map((id) => ({ ...about, id, at: AT, created_at: AT, policy: 'flat-1' })),
			next: null,
			previous: null,
		},
	});
	const shown = () => document.querySelectorAll('tbody tr, ol > li').length;
	async function settled(): Promise<void> {
		await vi.waitFor(() => expect(replies[`GET ${path}`]).toHaveLength(0));
		for (let turn = 0; turn < 5; turn++) await new Promise((done) => setTimeout(done));
		flushSync();
	}

	scripted();
	afterEach(() => (account.me = null));

	it('has each line once, and the newest, whenever it is looked anew who is here', async () => {
		replies[`GET ${path}`] = [page(2, 1)];
		account.me = ADA;
		show(component, {});
		await settled();
		expect(shown()).toBe(2);
		replies[`GET ${path}`] = [page(3, 2, 1)];
		account.me = { ...ADA };
		flushSync();
		await settled();
		expect([shown(), asked('GET', path).length]).toEqual([3, 2]);
	});

	it('says that it may be out of date, and tries again when told', async () => {
		replies[`GET ${path}`] = [page(2, 1)];
		account.me = ADA;
		show(component, {});
		await settled();
		account.me = { ...ADA };
		await settled();
		expect([shown(), document.querySelectorAll('[role=alert]').length]).toEqual([2, 1]);
		replies[`GET ${path}`] = [page(3, 2, 1)];
		document.querySelector<HTMLElement>('[role=alert] button')?.click();
		await settled();
		expect([shown(), document.querySelectorAll('[role=alert]').length]).toEqual([3, 0]);
	});
});
