import { describe, expect, it } from 'vitest';
import { ApiProblem } from '../src/lib/api/problem';
import type { StreamMessage } from '../src/lib/api/types';
import { reduce } from '../src/lib/battle/reducer';
import {
	emptyBattle,
	isStreaming,
	joinParts,
	votable,
	type BattleEvent,
	type BattleView,
} from '../src/lib/battle/state';
import { answer, battle, board, reveal } from './fixtures';

const run = (events: BattleEvent[], from: BattleView = emptyBattle()) =>
	events.reduce(reduce, from);
const loaded = (changes = {}, answers = [answer('a'), answer('b')]): BattleEvent => ({
	type: 'loaded',
	battle: battle(changes, answers),
});
const stream = (message: StreamMessage, attempt = 0): BattleEvent => ({
	type: 'stream',
	turn: 0,
	attempt,
	message,
});
let ids = 0;
const delta = (side: 'a' | 'b', text: string, part: 'text' | 'reasoning' = 'text', attempt = 0) =>
	stream({ type: 'delta', id: String((ids += 1)), side, part, text }, attempt);
const state = (
	side: 'a' | 'b',
	status: 'done' | 'failed' | 'stopped' | 'interrupted' | 'streaming',
) =>
	stream({
		type: 'state',
		id: String((ids += 1)),
		side,
		status,
		truncated: status === 'stopped',
		error: status === 'failed' ? { code: 'timed_out', message: 'Too slow.' } : null,
		remarks: [],
	});
const text = (view: BattleView, side: 'a' | 'b') =>
	joinParts(view.turns.at(-1)?.sides[side].parts ?? [], 'text');
const problem = (code: string, status = 409) =>
	new ApiProblem({ type: `/problems/${code}`, title: code, status, detail: code });
const ballot = { outcome: 'b' as const, turn: 0, attempt: 0 };

describe('the stream', () => {
	it('takes away what a side may not show, and leaves the other side alone', () => {
		const end = stream({
			type: 'state',
			id: '9',
			side: 'b',
			status: 'failed',
			truncated: false,
			error: { code: 'withheld', message: 'Not shown.' },
			remarks: [],
		});
		const view = run([loaded(), delta('a', 'Blue'), delta('b', 'Vile'), end]);
		expect([text(view, 'a'), text(view, 'b')]).toEqual(['Blue', '']);
		expect(view.turns.at(-1)?.sides.b.error?.code).toBe('withheld');
	});

	it('keeps a remark beside the side that it is about', () => {
		const remark = { category: 'self_harm', message: 'Talk to somebody.' } as const;
		const message = {
			type: 'state',
			id: '9',
			side: 'a',
			status: 'done',
			truncated: false,
		} as const;
		const view = run([loaded(), stream({ ...message, error: null, remarks: [remark] })]);
		expect(view.turns.at(-1)?.sides.a.remarks).toEqual([remark]);
		expect(view.turns.at(-1)?.sides.b.remarks).toEqual([]);
	});

	it('grows each side by its own deltas alone', () => {
		const view = run([loaded(), delta('a', 'Blue '), delta('b', 'Red'), delta('a', 'light')]);
		expect(text(view, 'a')).toBe('Blue light');
		expect(text(view, 'b')).toBe('Red');
	});

	it('keeps reasoning apart from the answer', () => {
		const view = run([loaded(), delta('a', 'Hm. ', 'reasoning'), delta('a', 'Blue')]);
		const parts = view.turns[0]?.sides.a.parts ?? [];
		expect(joinParts(parts, 'reasoning')).toBe('Hm. ');
		expect(joinParts(parts, 'text')).toBe('Blue');
	});

	it('merges thousands of deltas into one part', () => {
		const view = run([loaded(), ...Array.from({ length: 500 }, () => delta('a', 'x'))]);
		expect(view.turns[0]?.sides.a.parts).toHaveLength(1);
	});

	it('calls a side streaming at its first word', () => {
		expect(run([loaded(), delta('a', 'x')]).turns[0]?.sides.a.status).toBe('streaming');
	});

	it.each(['done', 'stopped', 'failed', 'interrupted'] as const)(
		'shows that a side is %s',
		(status) => {
			const view = run([loaded(), delta('a', 'x'), state('a', status)]);
			expect(view.turns[0]?.sides.a.status).toBe(status);
			expect(view.turns[0]?.sides.b.status).toBe('pending');
			expect(view.turns[0]?.sides.a.error?.code).toBe(
				status === 'failed' ? 'timed_out' : undefined,
			);
		},
	);

	it('ends with its end event', () => {
		const end = stream({ type: 'end', id: 'z', turn: 0, attempt: 0 });
		const view = run([loaded(), delta('a', 'x'), delta('b', 'y'), end]);
		expect(view.stream).toBeNull();
		expect(isStreaming(view)).toBe(false);
	});

	it('lets go on being voted what could be, from the end of the stream until the battle is read anew', () => {
		const end = stream({ type: 'end', id: 'z', turn: 0, attempt: 0 });
		const ended = [delta('a', 'x'), delta('b', 'y'), state('a', 'done'), state('b', 'done')];
		const before = run([loaded({ can: { ...battle().can, vote: [] } }), ...ended]);
		expect(votable(before)).toEqual(['a', 'b', 'tie', 'both_bad', 'skip']);
		const after = reduce(before, end);
		expect(votable(after)).toEqual(votable(before));
		expect(votable(reduce(after, loaded({ stream: null })))).toEqual(battle().can.vote);
	});

	it('ignores the words of an attempt that was replaced', () => {
		const again = battle();
		again.turns = again.turns.map((turn) => ({ ...turn, attempt: 1 }));
		const view = run([
			loaded(),
			delta('a', 'old'),
			{ type: 'loaded', battle: again },
			delta('a', 'late'),
			delta('a', 'new', 'text', 1),
		]);
		expect(text(view, 'a')).toBe('new');
	});

	it('says nothing twice when a reopened page streams from the start', () => {
		const answers = [answer('a', 'Blue light', 'streaming'), answer('b', '', 'pending')];
		const started = run([loaded({}, answers), { type: 'stream-started' }]);
		const half = run([delta('a', 'Blue')], started);
		expect(text(half, 'a')).toBe('Blue light');
		expect(text(run([delta('a', ' light scatters')], half), 'a')).toBe('Blue light scatters');
	});

	it('keeps what is on the screen when an older reading of the battle arrives', () => {
		const older = loaded({}, [answer('a', 'Bl', 'streaming'), answer('b')]);
		const view = run([loaded(), delta('a', 'Blue light'), older, delta('a', ' scatters')]);
		expect(text(view, 'a')).toBe('Blue light scatters');
	});

	it('takes the finished battle as the truth', () => {
		const final = loaded({ stream: null }, [
			answer('a', 'Blu', 'stopped'),
			answer('b', 'R', 'done'),
		]);
		const view = run([loaded(), delta('a', 'Blue light'), final]);
		expect(text(view, 'a')).toBe('Blu');
		expect(view.turns[0]?.sides.a.status).toBe('stopped');
	});

	it('shows the state of the line without touching the text', () => {
		const view = run([loaded(), delta('a', 'x'), { type: 'link', state: 'waiting' }]);
		expect(view.link).toBe('waiting');
		expect(text(view, 'a')).toBe('x');
	});

	it('changes nothing in the views before', () => {
		const before = run([loaded(), delta('a', 'x')]);
		const copy = structuredClone({ ...before, problem: null });
		run([delta('a', 'y'), state('a', 'done')], before);
		expect({ ...before, problem: null }).toEqual(copy);
	});
});

describe('what may be voted', () => {
	it('is nothing until both sides have text', () => {
		expect(votable(run([loaded(), delta('a', 'x'), delta('b', 'Hm', 'reasoning')]))).toEqual([]);
	});

	it('is everything once both have, even while they write', () => {
		expect(votable(run([loaded(), delta('a', 'x'), delta('b', 'y')]))).toHaveLength(5);
	});

	it('is only the skip when a side failed', () => {
		const view = run([loaded(), delta('a', 'x'), delta('b', 'y'), state('b', 'failed')]);
		expect(votable(view)).toEqual(['skip']);
	});

	it('is what the server says once the stream is over', () => {
		const can = { vote: ['skip' as const], follow_up: false, ask_again: true, stop: false };
		expect(votable(run([loaded({ stream: null, can })]))).toEqual(['skip']);
	});

	it('is nothing after the vote', () => {
		expect(votable(run([loaded({ stream: null, state: 'voted', vote: reveal() })]))).toEqual([]);
	});
});

describe('a follow-up', () => {
	const end = stream({ type: 'end', id: 'z', turn: 0, attempt: 0 });

	it('is not called over in the moment between the stream and the next reading of the battle', () => {
		const view = run([loaded(), delta('a', 'x'), delta('b', 'y'), end]);
		expect([view.stream, view.busy]).toEqual([null, 'reading']);
		expect(run([loaded({ stream: null })], view).busy).toBeNull();
	});
});

describe('the vote', () => {
	const ready = run([loaded(), delta('a', 'x'), delta('b', 'y')]);

	it('asks for reasons after the choice and can be taken back', () => {
		const chosen = run([{ type: 'chose', outcome: 'a' }], ready);
		expect([chosen.vote, chosen.choice]).toEqual(['choosing', 'a']);
		expect(run([{ type: 'unchose' }], chosen).vote).toBe('none');
	});

	it('toggles reasons per side and keeps them when the choice changes', () => {
		const view = run(
			[
				{ type: 'chose', outcome: 'a' },
				{ type: 'reason-toggled', side: 'a', reason: 'clear' },
				{ type: 'reason-toggled', side: 'b', reason: 'wrong' },
				{ type: 'reason-toggled', side: 'b', reason: 'wrong' },
				{ type: 'commented', text: 'Short.' },
				{ type: 'chose', outcome: 'tie' },
			],
			ready,
		);
		expect(view.reasons).toEqual({ a: ['clear'], b: [] });
		expect([view.comment, view.choice]).toEqual(['Short.', 'tie']);
	});

	it('is chosen anew once the answers that it was about are others', () => {
		const [turn] = battle({}, [answer('a', 'New', 'done'), answer('b', 'New', 'done')]).turns;
		const again = loaded({ stream: null, turns: [{ ...turn, attempt: 1 }] });
		const view = run([{ type: 'chose', outcome: 'a' }, again], ready);
		expect([view.vote, view.choice]).toEqual(['none', null]);
		const same = run([{ type: 'chose', outcome: 'a' }, loaded()], ready);
		expect([same.vote, same.choice]).toEqual(['choosing', 'a']);
	});

	it('is kept when it could not be sent', () => {
		const kept: BattleEvent = { type: 'vote-kept', problem: problem('busy', 503) };
		const view = run([{ type: 'vote-sent', ballot }, kept], ready);
		expect([view.vote, view.kept]).toEqual(['kept', ballot]);
		expect(votable(view)).toEqual([]);
	});

	it('is open again when it was refused', () => {
		const refused: BattleEvent = { type: 'vote-refused', problem: problem('stale-attempt') };
		const view = run([{ type: 'vote-sent', ballot }, refused], ready);
		expect([view.vote, view.choice, view.problem?.code]).toEqual(['none', null, 'stale-attempt']);
	});

	it('reveals once cast, with the outcome that stands', () => {
		const cast = loaded({ state: 'voted', stream: null, vote: reveal({ outcome: 'tie' }) });
		const view = run([{ type: 'vote-sent', ballot }, cast], ready);
		expect([view.vote, view.choice, view.kept]).toEqual(['cast', 'tie', null]);
	});
});

describe('the new rating', () => {
	const voted = (changes = {}) => run([loaded({ stream: null, vote: reveal(changes) })]);
	const frame = (seq: number): BattleEvent => ({
		type: 'board',
		board: board(seq, [
			['ada', 26.5, 1],
			['bob', 23.5, 1],
		]),
	});
	const after = (view: BattleView) => view.reveal?.sides.map((side) => side.after?.mu ?? null);

	it('comes with the first board that holds the vote', () => {
		expect(after(run([frame(6)], voted()))).toEqual([null, null]);
		expect(after(run([frame(7)], voted()))).toEqual(['26.500000000', '23.500000000']);
	});

	it('waits while the vote has no number, or was not rated', () => {
		expect(after(run([frame(99)], voted({ seq: null })))).toEqual([null, null]);
		expect(after(run([frame(99)], voted({ rated: false })))).toEqual([null, null]);
	});

	it('is not moved by later votes of others', () => {
		const later: BattleEvent = { type: 'board', board: board(8, [['ada', 30, 1]]) };
		expect(after(run([frame(7), later], voted()))?.[0]).toBe('26.500000000');
	});

	it('survives a reading of the battle that does not know it yet', () => {
		const view = run([frame(7), loaded({ stream: null, vote: reveal({ seq: null }) })], voted());
		expect(after(view)?.[0]).toBe('26.500000000');
		expect(view.reveal?.seq).toBe(7);
	});
});

describe('requests', () => {
	it('are busy until answered, and a failure keeps the battle', () => {
		const view = run([loaded(), delta('a', 'x'), { type: 'asked', what: 'follow-up' }]);
		expect(view.busy).toBe('follow-up');
		const failed = run([{ type: 'failed', problem: problem('offline', 0) }], view);
		expect([failed.busy, failed.problem?.code, text(failed, 'a')]).toEqual([null, 'offline', 'x']);
		expect(run([{ type: 'dismissed' }], failed).problem).toBeNull();
	});

	it('and what went wrong with them outlast a look at the battle that nobody waited for', () => {
		const aside: BattleEvent = { type: 'loaded', battle: battle(), aside: true };
		const asked = run([loaded(), { type: 'asked', what: 'follow-up' }]);
		expect(run([aside], asked).busy).toBe('follow-up');
		const failed = run([{ type: 'failed', problem: problem('turn-limit') }], asked);
		expect(run([aside], failed).problem?.code).toBe('turn-limit');
	});
});

describe('a look at the battle that is older than what is shown', () => {
	const [turn] = battle().turns;
	const at = (number: number, attempt: number, changes = {}) =>
		loaded({ stream: null, turns: [{ ...turn, number, attempt }], ...changes });

	it.each([
		['turn', at(1, 0), at(0, 2)],
		['attempt', at(0, 1), at(0, 0)],
		['vote', at(0, 0, { vote: reveal() }), at(0, 0, { can: { ...battle().can, ask_again: true } })],
	])('undoes no newer %s', (_, newer, older) => {
		const view = run([newer]);
		expect(run([older], view)).toEqual(view);
		expect(run([newer, older])).toEqual(run([older, newer]));
	});

	it('is over with what was asked all the same, and a deleted battle is none', () => {
		const asked = run([at(1, 0), { type: 'asked', what: 'stop' }]);
		expect(run([at(0, 0)], asked).busy).toBeNull();
		expect(run([loaded({ state: 'deleted', turns: [] })], asked).turns).toEqual([]);
	});
});
