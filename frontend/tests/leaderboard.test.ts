import { describe, expect, it } from 'vitest';
import type { BoardSummary } from '../src/lib/api/types';
import { addressFrom, BY_RANK, hrefOf, type Address } from '../src/lib/board/address';
import { csvOf, fileName } from '../src/lib/board/csv';
import { alike, choices, keysOf, nearest } from '../src/lib/board/facets';
import { marksOf, seriesOf } from '../src/lib/board/history';
import { levelOf, matrixOf, meetingsOf, MOST_SHOWN, selection } from '../src/lib/board/meetings';
import {
	frontier,
	linear,
	logarithmic,
	logTicks,
	placeLabels,
	spread,
	times,
} from '../src/lib/board/plots/scales';
import { axisOf, sortRows, tiersOf, type Line } from '../src/lib/board/rows';
import { differenceOf, grouped, linesOf } from '../src/lib/board/views';
import { analysis, board, filter } from './fixtures';

const three = board(9, [
	['ada', 30, 1],
	['bob', 28, 1],
	['cyd', 20, 1],
]);
const lines = linesOf(three, null, 'live') ?? [];
const slugs = (list: readonly Line[]) => list.map((line) => line.contender.slug);

describe('the address', () => {
	const plain: Address = { slug: 'overall', view: 'live', at: null, sort: BY_RANK, open: null };
	const full: Address = {
		slug: 'coding',
		view: 'cross',
		at: 120,
		sort: { key: 'votes', descending: true },
		open: 'ada',
	};

	it.each([plain, full])('names everything that is shown, and is read back', (address) => {
		const url = new URL(hrefOf(address), 'https://arena.example');
		expect(url.pathname).toBe(`/leaderboard/${address.slug}`);
		expect(addressFrom(address.slug, url.searchParams)).toEqual(address);
	});

	it('leaves out what is as usual', () => {
		expect(hrefOf(plain)).toBe('/leaderboard/overall');
		expect(hrefOf(full)).toBe('/leaderboard/coding?view=cross&at=120&sort=-votes&open=ada');
	});

	it.each(['view=none&at=-1&sort=-&open=', 'at=1e9&sort=shoe', 'at=NaN&view=__proto__'])(
		'shows the plain board for what it cannot read: %s',
		(query) => expect(addressFrom('overall', new URLSearchParams(query))).toEqual(plain),
	);
});

describe('a table as CSV', () => {
	it('quotes what would break a row', () => {
		expect(csvOf(['a', 'b'], [['x, "y"', 'two\nlines']])).toBe(
			'a,b\r\n"x, ""y""","two\nlines"\r\n',
		);
	});

	it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('makes no formula of %j', (text) => {
		const [, row = ''] = csvOf(['name'], [[text]]).split('name\r\n');
		expect(row.replace(/^"/, '').startsWith(`'${text}`)).toBe(true);
	});

	it('leaves numbers numbers, also those below 0, and nothing where there is none', () => {
		expect(csvOf(['n'], [[-1.5], [0], [null], [NaN]])).toBe('n\r\n-1.5\r\n0\r\n\r\n\r\n');
	});

	it('names a file by board, view and log number', () => {
		expect(fileName('english/coding', 'live', 'seq', 1204)).toBe('english-coding-live-seq-1204');
		expect(fileName('../..', 'x')).toBe('x');
	});
});

describe('the boards as a sentence', () => {
	const summary = (slug: string, changes = {}): BoardSummary => {
		const { rows, parameters, groups, ...head } = board(3);
		void [rows, parameters, groups];
		return { ...head, slug, title: slug, filter: filter(changes) };
	};
	const overall = summary('overall');
	const english = summary('english', { languages: ['en'] });
	const coding = summary('coding', { categories: ['coding'] });
	const both = summary('both', { languages: ['en'], categories: ['coding'], window_days: 90 });
	const all = [overall, english, coding, both];

	it('offers the facets that boards differ in, and no others', () => {
		expect(choices(all).map(({ facet, choices: of }) => [facet, of.length])).toEqual([
			['language', 2],
			['category', 2],
			['time', 2],
		]);
		expect(choices([overall])).toEqual([]);
	});

	it('goes to the board that keeps most of the other choices', () => {
		expect(nearest(all, coding, 'language', 'en')).toBe(both);
		expect(nearest(all, both, 'category', '')).toBe(english);
		expect(nearest(all, overall, 'time', '90d')).toBe(both);
	});

	it('knows boards that the sentence cannot tell apart', () => {
		const twin = {
			...english,
			slug: 'english-strict',
			filter: filter({ languages: ['en'], minimum_votes: 99 }),
		};
		expect(alike([...all, twin], english)).toEqual([english, twin]);
		expect(alike(all, english)).toEqual([english]);
	});

	it('reads the order of names in a filter as one choice', () => {
		const one = keysOf(filter({ languages: ['en', 'de'] })).language;
		expect(keysOf(filter({ languages: ['de', 'en'] })).language).toBe(one);
	});
});

describe('the views', () => {
	const told = analysis(three);

	it('give every row in the order and unit of the view', () => {
		const cross = linesOf(three, told, 'cross') ?? [];
		expect(slugs(cross)).toEqual(['bob', 'ada', 'cyd']);
		expect(cross.map((line) => line.value)).toEqual([40, 30, -70]);
		expect(cross.map((line) => line.gained)).toEqual([1, -1, 0]);
		expect(cross[0]?.votes).toBe(10);
	});

	it('cannot be given without what they are made from', () => {
		expect(linesOf(three, null, 'settled')).toBeNull();
		expect(linesOf(three, { ...told, style: null }, 'style')).toBeNull();
	});

	it('leave out whom the board does not show', () => {
		const fewer = { ...three, rows: three.rows.slice(1) };
		expect(slugs(linesOf(fewer, told, 'cross') ?? [])).toEqual(['bob', 'cyd']);
	});

	it('say how far they are from the live one', () => {
		const { compared, moved, most } = differenceOf(linesOf(three, told, 'cross') ?? []);
		expect([compared, moved]).toEqual([3, 2]);
		expect(most).toEqual({ name: 'BOB', from: 2, to: 1 });
		expect(differenceOf(linesOf(three, told, 'settled') ?? []).most).toBeNull();
	});

	it('keep groups that never met apart, the largest first', () => {
		const apart = lines.map((line, index) => ({ ...line, group: index === 0 ? 2 : 1 }));
		expect(grouped(apart).map(slugs)).toEqual([['bob', 'cyd'], ['ada']]);
	});
});

describe('rows', () => {
	it('put whoever has no price last, whichever way they are sorted', () => {
		const priced = lines.map((line, index) => ({ ...line, price: index === 1 ? null : index + 1 }));
		expect(slugs(sortRows(priced, { key: 'price', descending: false })).at(-1)).toBe('bob');
		expect(slugs(sortRows(priced, { key: 'price', descending: true })).at(-1)).toBe('bob');
	});

	it('are banded as the server says where it does', () => {
		const banded = lines.map((line, index) => ({ ...line, tier: index < 2 ? 1 : 2 }));
		expect([...tiersOf(banded).values()]).toEqual([0, 0, 1]);
	});

	it.each([
		[-400, 380],
		[0.012, 0.2],
		[25, 25],
	])('from %d to %d stand on an axis of few round steps that holds them', (low, high) => {
		const axis = axisOf([{ low, high }]);
		expect(axis.low).toBeLessThanOrEqual(low);
		expect(axis.high).toBeGreaterThanOrEqual(high);
		expect(axis.ticks.length).toBeLessThanOrEqual(9);
	});
});

describe('head to head', () => {
	const told = analysis(three);

	it('tells a meeting from both sides alike', () => {
		const [first] = meetingsOf(told, 'ada');
		expect(first).toMatchObject({ slug: 'bob', won: 6, lost: 2, ties: 1, bothBad: 1, total: 10 });
		expect(meetingsOf(told, 'bob')[0]).toMatchObject({ slug: 'ada', won: 2, lost: 6, share: 0.25 });
	});

	it('leaves out those that never met, and itself', () => {
		expect(meetingsOf(told, 'cyd').map(({ slug }) => slug)).toEqual(['bob']);
		expect(meetingsOf(told, 'nobody')).toEqual([]);
		expect(meetingsOf({ ...told, head_to_head: null }, 'ada')).toEqual([]);
	});

	it('is a square with nothing on its diagonal, in the order that was asked for', () => {
		const square = matrixOf(told, ['bob', 'ada']);
		expect(square.map((row) => row.map((cell) => cell?.won ?? null))).toEqual([
			[null, 2],
			[6, null],
		]);
	});

	it('shows the first by rank, and makes room for those that were asked for', () => {
		const ranked = Array.from({ length: 100 }, (_, index) => `c${index}`);
		expect(selection(ranked, [])).toEqual(ranked.slice(0, MOST_SHOWN));
		const asked = selection(ranked, ['c99', 'nobody']);
		expect(asked).toHaveLength(MOST_SHOWN);
		expect(asked.at(-1)).toBe('c99');
		expect(asked).not.toContain(`c${MOST_SHOWN - 1}`);
	});

	it('colours a share and its mirror image alike, and even not at all', () => {
		for (const share of [0, 0.1, 0.33, 0.42, 0.49, 0.5])
			expect(levelOf(share) + levelOf(1 - share)).toBe(0);
		expect(levelOf(0.5)).toBe(0);
		expect(levelOf(null)).toBe(0);
		expect([levelOf(1), levelOf(0.7), levelOf(0.6)]).toEqual([3, 2, 1]);
	});
});

describe('history', () => {
	const told = {
		slug: 'overall',
		points: [
			{ at: '2026-11-20T10:00:00Z', seq: 3, votes: 4, rows: [['ada', 1, '30.0', '28.0', '32.0']] },
			{ at: '2026-11-21T10:00:00Z', seq: 5, votes: 6, rows: [['ada', 1, '31.0', '30.0', '32.0']] },
		] as never,
		events: [
			{
				at: '2026-11-20T10:00:00Z',
				kind: 'added' as const,
				slug: 'ada',
				name: 'ADA',
				reason: '',
				facts: {},
			},
		],
	};

	it('is one line for each contender that it has', () => {
		const series = seriesOf(told, ['bob', 'ada'], (slug) => slug.toUpperCase());
		expect(series.map(({ label }) => label)).toEqual(['ADA']);
		expect(series[0]?.points.map(({ value }) => value)).toEqual([30, 31]);
	});

	it('marks what happened to one contender, or to all', () => {
		expect(marksOf(told)).toHaveLength(1);
		expect(marksOf(told, 'bob')).toEqual([]);
		expect(marksOf(told, 'ada')[0]?.words).toContain('ADA');
	});
});

describe('scales', () => {
	it('hold every value, and give a single one room', () => {
		for (const values of [[3], [-4, 9], [0, 0], [1e6, 1e6 + 1]]) {
			const scale = linear(values, [0, 100]);
			for (const value of values) {
				expect(scale(value)).toBeGreaterThanOrEqual(0);
				expect(scale(value)).toBeLessThanOrEqual(100);
			}
		}
		expect(Number(times([5], [0, 10])(new Date(5)))).toBe(5);
	});

	it('count a price in factors', () => {
		const scale = logarithmic([0.1, 10], [0, 100]);
		expect(scale(1)).toBeCloseTo(50);
		expect(logTicks(scale, 9)).toEqual([0.1, 0.2, 0.5, 1, 2, 5, 10]);
		expect(logTicks(scale, 3)).toEqual([0.1, 1, 10]);
	});

	it('move labels apart without changing their order or leaving the plot', () => {
		const moved = spread([50, 52, 51, 99], 14, [10, 100]);
		const sorted = [...moved].sort((a, b) => a - b);
		for (let i = 1; i < sorted.length; i++)
			expect((sorted[i] ?? 0) - (sorted[i - 1] ?? 0)).toBeGreaterThanOrEqual(14 - 1e-9);
		expect(moved[0]).toBeLessThan(moved[2] ?? 0);
		expect(Math.max(...moved)).toBeLessThanOrEqual(100);
	});

	it('place no label over another or over a dot', () => {
		const spots = Array.from({ length: 6 }, (_, i) => ({
			x: 100 + i,
			y: 100 + 3 * i,
			label: `name ${i}`,
		}));
		const placed = placeLabels(spots, 400, 200);
		const shown = placed.filter((label) => label !== null);
		expect(shown.length).toBeGreaterThan(0);
		expect(shown.length).toBeLessThan(6);
		expect(new Set(shown.map(({ x, y }) => `${x},${y}`)).size).toBe(shown.length);
	});

	it('find those that nobody beats in both', () => {
		const offers = [
			{ slug: 'dear', cost: 9, value: 5 },
			{ slug: 'cheap', cost: 1, value: 2 },
			{ slug: 'best', cost: 4, value: 8 },
			{ slug: 'poor', cost: 3, value: 1 },
		];
		expect(frontier(offers).map(({ slug }) => slug)).toEqual(['cheap', 'best']);
	});
});
