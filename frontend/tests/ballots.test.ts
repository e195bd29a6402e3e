import { describe, expect, it } from 'vitest';
import type { Side } from '../src/lib/api/types';
import { append, notRanked, ranksOf } from '../src/lib/battle/ranking';
import { reduce } from '../src/lib/battle/reducer';
import {
	emptyBattle,
	isMany,
	isStreaming,
	votable,
	type BattleView,
} from '../src/lib/battle/state';
import { answer, battle } from './fixtures';

const SIDES: Side[] = ['a', 'b', 'c', 'd'];
const of = (texts: string[]) =>
	battle(
		{},
		SIDES.map((side, index) => answer(side, texts[index])),
	);
const loaded = (texts: string[] = []) =>
	reduce(emptyBattle(), { type: 'loaded', battle: of(texts) });
const said = (view: BattleView, side: Side, text: string) =>
	reduce(view, {
		type: 'stream',
		turn: 0,
		attempt: 0,
		message: { type: 'delta', id: '', side, part: 'text', text },
	});
const ranked = (view: BattleView) =>
	reduce(view, { type: 'ranked', ranking: append(append(notRanked, 'd'), 'a', true) });

describe('a battle of four', () => {
	it('is voted by an order, once every side has said something', () => {
		let view = loaded();
		for (const side of SIDES) {
			expect(votable(view)).toEqual([]);
			view = said(view, side, 'Because.');
		}
		expect(isMany(view)).toBe(true);
		expect(votable(view)).toEqual(['ranking', 'both_bad', 'skip']);
	});

	it('gives each side its own words', () => {
		const view = said(said(loaded(), 'c', 'third'), 'd', 'fourth');
		expect(SIDES.map((side) => view.turns[0]?.sides[side].parts[0]?.text)).toEqual([
			undefined,
			undefined,
			'third',
			'fourth',
		]);
	});

	it('streams until the last side has ended', () => {
		let view = loaded();
		for (const side of SIDES) {
			expect(isStreaming(view)).toBe(true);
			const message = {
				type: 'state',
				id: '',
				side,
				status: 'done',
				truncated: false,
				remarks: [],
			} as const;
			view = reduce(view, {
				type: 'stream',
				turn: 0,
				attempt: 0,
				message: { ...message, error: null, remarks: [] },
			});
		}
		expect(isStreaming(view)).toBe(false);
	});

	it('leaves only the skip when one of them failed', () => {
		const failed = battle({}, [
			...SIDES.slice(0, 3).map((side) => answer(side, 'Yes.')),
			answer('d', '', 'failed'),
		]);
		expect(votable(reduce(emptyBattle(), { type: 'loaded', battle: failed }))).toEqual(['skip']);
	});

	it('keeps its order while the reasons are asked, and over a look at the server', () => {
		let view = ranked(loaded(['1', '2', '3', '4']));
		view = reduce(view, { type: 'chose', outcome: 'ranking' });
		view = reduce(view, { type: 'reason-toggled', side: 'd', reason: 'clear' });
		view = reduce(reduce(view, { type: 'unchose' }), {
			type: 'loaded',
			battle: of(['1', '2', '3', '4']),
		});
		expect(ranksOf(view.ranking)).toEqual({ a: 0, d: 0 });
		expect(view.reasons.d).toEqual(['clear']);
	});

	it('begins a new order when all are asked again', () => {
		const again = of([]);
		again.turns = again.turns.map((turn) => ({ ...turn, attempt: 1 }));
		expect(reduce(ranked(loaded()), { type: 'loaded', battle: again }).ranking).toEqual(notRanked);
	});
});

it('a battle of two knows nothing of orders', () => {
	const view = reduce(emptyBattle(), {
		type: 'loaded',
		battle: battle({}, [answer('a', '1'), answer('b', '2')]),
	});
	expect(isMany(view)).toBe(false);
	expect(votable(view)).toEqual(['a', 'b', 'tie', 'both_bad', 'skip']);
});
