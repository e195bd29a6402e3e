import { describe, expect, it } from 'vitest';
import type { Side } from '../src/lib/api/types';
import {
	append,
	move,
	notRanked,
	put,
	rankKey,
	ranksOf,
	targetAt,
	toggleLevel,
	undo,
	waiting,
	type Ranking,
	type Target,
} from '../src/lib/battle/ranking';

const SIDES: Side[] = ['a', 'b', 'c', 'd'];

/** `b ad c`: b is the best, a and d are level, c is the worst. */
const of = (words: string): Ranking => ({
	places: words ? words.split(' ').map((place) => [...place] as Side[]) : [],
	past: [],
});
const told = (ranking: Ranking) => ranking.places.map((place) => place.join('')).join(' ');

describe('an order is made', () => {
	it('from the best to the worst, one after another', () => {
		const made = (['b', 'd', 'a', 'c'] as Side[]).reduce((so, side) => append(so, side), notRanked);
		expect(told(made)).toBe('b d a c');
		expect(ranksOf(made)).toEqual({ b: 0, d: 1, a: 2, c: 3 });
	});

	it('with ties, and gives ranks that leave none out', () => {
		const made = append(append(append(append(notRanked, 'b'), 'd', true), 'a'), 'c', true);
		expect(told(made)).toBe('bd ac');
		expect(ranksOf(made)).toEqual({ b: 0, d: 0, a: 1, c: 1 });
	});

	it('in which the first cannot be level with one before it', () => {
		expect(told(append(notRanked, 'c', true))).toBe('c');
	});

	it('in which a side comes once', () => {
		const once = append(notRanked, 'a');
		expect(append(once, 'a')).toBe(once);
	});

	it('and is complete only when every side has its place', () => {
		expect(waiting(of('b a'), SIDES)).toEqual(['c', 'd']);
		expect(waiting(of('b ad c'), SIDES)).toEqual([]);
		expect(waiting(of('b ac'), ['a', 'b', 'c'])).toEqual([]);
	});
});

describe('an order is changed', () => {
	it.each([
		['a b c d', 'c', -1, 'a c b d'],
		['a b c d', 'c', 1, 'a b d c'],
		['a b c d', 'a', -1, 'a b c d'],
		['a b c d', 'd', 1, 'a b c d'],
		['ab c d', 'b', -1, 'b a c d'],
		['ab c d', 'b', 1, 'a b c d'],
		['a bc d', 'a', 1, 'bc a d'],
		['abcd', 'd', 1, 'abc d'],
		['a b', 'c', 1, 'a b'],
	] as [string, Side, -1 | 1, string][])('%s: %s by %i is %s', (before, side, by, after) => {
		expect(told(move(of(before), side, by))).toBe(after);
	});

	it.each([
		['a b c', 'b', 'ab c'],
		['a bc d', 'd', 'a bcd'],
		['ab c', 'b', 'a b c'],
		['ab c', 'a', 'b a c'],
		['a b', 'a', 'a b'],
		['a b', 'd', 'a b'],
	] as [string, Side, string][])('%s: level %s is %s', (before, side, after) => {
		expect(told(toggleLevel(of(before), side))).toBe(after);
	});

	it.each([
		['a b c', 'd', { on: 'b' }, 'a bd c'],
		['a b c', 'd', { before: 'b' }, 'a d b c'],
		['a b c', 'a', { before: 'c' }, 'b a c'],
		['a b c', 'a', 'end', 'b c a'],
		['a b c', 'b', 'out', 'a c'],
		['ab c', 'a', { on: 'c' }, 'b ac'],
		['ab c', 'a', { before: 'b' }, 'a b c'],
		['a b', 'a', { on: 'a' }, 'a b'],
		['', 'a', 'end', 'a'],
	] as [string, Side, Target, string][])('%s: %s put %o is %s', (before, side, target, after) => {
		expect(told(put(of(before), side, target))).toBe(after);
	});

	it('step by step back to nothing', () => {
		const made = toggleLevel(put(append(append(notRanked, 'a'), 'b'), 'c', { before: 'a' }), 'b');
		expect(told(made)).toBe('c ab');
		expect(['', '', '', '', ''].reduce((so) => undo(so), made)).toEqual(notRanked);
		expect(told(undo(made))).toBe('c a b');
	});

	it('and what changes nothing need not be undone', () => {
		const still = of('a b');
		expect(move(still, 'a', -1)).toBe(still);
		expect(toggleLevel(still, 'a')).toBe(still);
		expect(put(still, 'b', 'end')).toBe(still);
	});
});

describe('where a side is let go', () => {
	const spots = (words: string) =>
		[...words.replaceAll(' ', '')].map((side, index) => ({
			side: side as Side,
			left: 100 * index,
			width: 80,
		}));
	it.each([
		['a b c', -20, { before: 'a' }],
		['a b c', 10, { before: 'a' }],
		['a b c', 40, { on: 'a' }],
		['a b c', 75, { before: 'b' }],
		['a b c', 90, { before: 'b' }],
		['a b c', 140, { on: 'b' }],
		['a b c', 275, 'end'],
		['a b c', 900, 'end'],
		['ab c', 75, { on: 'a' }],
		['ab c', 90, { on: 'b' }],
		['ab c', 105, { on: 'b' }],
		['ab c', 175, { before: 'c' }],
		['', 40, 'end'],
	] as [string, number, Target][])('%s at %i is %o', (words, x, target) => {
		expect(targetAt(x, spots(words), of(words))).toEqual(target);
	});

	it('is mirrored where the best is on the right', () => {
		const mirrored = spots('b a').reverse();
		expect(targetAt(190, mirrored, of('a b'), true)).toEqual({ before: 'a' });
		expect(targetAt(140, mirrored, of('a b'), true)).toEqual({ on: 'a' });
		expect(targetAt(-5, mirrored, of('a b'), true)).toBe('end');
	});
});

describe('keys of an order', () => {
	const press = (key: string, code = '', shiftKey = false) =>
		rankKey({ key, code, shiftKey }, SIDES);
	it.each([
		['b', 'KeyB', false, { type: 'side', side: 'b', level: false }],
		['B', 'KeyB', true, { type: 'side', side: 'b', level: true }],
		['3', 'Digit3', false, { type: 'side', side: 'c', level: false }],
		['#', 'Digit3', true, { type: 'side', side: 'c', level: true }],
		['4', 'Numpad4', false, { type: 'side', side: 'd', level: false }],
		['=', 'Equal', false, { type: 'level' }],
		['Backspace', 'Backspace', false, { type: 'undo' }],
		['5', 'Digit5', false, null],
		['e', 'KeyE', false, null],
		['Enter', 'Enter', false, null],
	])('%s (%s, shift %s) is %o', (key, code, shift, meant) => {
		expect(press(key, code, shift)).toEqual(meant);
	});

	it('know only the sides that there are', () => {
		expect(rankKey({ key: 'd', code: 'KeyD', shiftKey: false }, ['a', 'b', 'c'])).toBeNull();
		expect(rankKey({ key: '4', code: 'Digit4', shiftKey: false }, ['a', 'b', 'c'])).toBeNull();
	});
});
