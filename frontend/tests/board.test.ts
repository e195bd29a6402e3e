import { describe, expect, it } from 'vitest';
import {
	along,
	axisOf,
	holdOrder,
	nextSort,
	sortRows,
	tiersOf,
	winRate,
} from '../src/lib/board/rows';
import { linesOf } from '../src/lib/board/views';
import { board } from './fixtures';

const now = board(9, [
	['ada', 30, 1],
	['bob', 28, 1],
	['cyd', 20, 1],
]);
const rows = linesOf(now, null, 'live') ?? [];
const slugs = (list: typeof rows) => list.map((row) => row.contender.slug);

describe('the board', () => {
	it('sorts by a column and falls back to rank', () => {
		expect(slugs(sortRows(rows, { key: 'rating', descending: false }))).toEqual([
			'cyd',
			'bob',
			'ada',
		]);
		expect(slugs(sortRows(rows, { key: 'votes', descending: true }))).toEqual([
			'ada',
			'bob',
			'cyd',
		]);
	});

	it('starts numbers at the largest and names at A, and turns around on a second press', () => {
		const first = nextSort({ key: 'rank', descending: false }, 'votes');
		expect(first).toEqual({ key: 'votes', descending: true });
		expect(nextSort(first, 'votes').descending).toBe(false);
		expect(nextSort(first, 'name').descending).toBe(false);
	});

	it('holds the order under a hand and puts newcomers last', () => {
		expect(slugs(holdOrder(['cyd', 'ada'], rows))).toEqual(['cyd', 'ada', 'bob']);
	});

	it('draws all intervals on one axis of round numbers', () => {
		const axis = axisOf(rows);
		for (const row of rows) {
			expect(along(axis, Number(row.low))).toBeGreaterThanOrEqual(0);
			expect(along(axis, Number(row.high))).toBeLessThanOrEqual(100);
		}
		expect(axis.ticks.length).toBeLessThanOrEqual(9);
		expect(axisOf([]).ticks).toEqual([0, 25, 50]);
	});

	it('begins a band where an interval no longer reaches the one above', () => {
		expect([...tiersOf(rows).values()]).toEqual([0, 0, 1]);
	});

	it('counts a win rate over decided battles only', () => {
		expect(rows[0] && winRate(rows[0])).toBeCloseTo(5 / 8);
		expect(rows[0] && winRate({ ...rows[0], wins: 0, losses: 0 })).toBeNull();
	});
});
