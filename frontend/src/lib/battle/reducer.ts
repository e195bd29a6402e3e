import { notRanked } from './ranking';
import type { Battle, Board, Reveal, Side, StreamMessage } from '$lib/api/types';
import {
	appendPart,
	bySide,
	hasEnded,
	heard,
	lengthOf,
	noReasons,
	turnView,
	type BattleEvent,
	type BattleView,
	type SideView,
	type TurnView,
} from './state';

function keepLonger(ours: SideView, theirs: SideView): SideView {
	// A reply written before our last delta is older than what is on the screen.
	if (hasEnded(theirs.status) || lengthOf(theirs.parts) >= lengthOf(ours.parts)) {
		return { ...theirs, replay: ours.replay };
	}
	return ours;
}

function mergeTurn(ours: TurnView | undefined, theirs: TurnView): TurnView {
	if (!ours || ours.attempt !== theirs.attempt) return theirs;
	return {
		...theirs,
		sides: bySide((side) => keepLonger(ours.sides[side], theirs.sides[side])),
	};
}

function mergeReveal(ours: Reveal | null, theirs: Reveal | null): Reveal | null {
	if (!ours || !theirs) return theirs ?? ours;
	const after = (side: Side) => ours.sides.find((entry) => entry.side === side)?.after ?? null;
	const sides = theirs.sides.map((entry) => ({
		...entry,
		after: entry.after ?? after(entry.side),
	}));
	return { ...theirs, seq: theirs.seq ?? ours.seq, sides };
}

type Latest = TurnView | null | undefined;

/** What is thought of answers is of those that were read: a new turn or attempt has none of it yet. */
export function sameAnswers(ours: Latest, theirs: Latest): boolean {
	return ours?.number === theirs?.number && ours?.attempt === theirs?.attempt;
}

/** Whether a look at the battle is older than the view: turns and attempts only grow, and a vote stays. Of a deleted one no turn is left. */
export function isBehind(view: BattleView, battle: Battle): boolean {
	const ours = view.turns.at(-1);
	const theirs = battle.turns.at(-1);
	if (view.id !== battle.id || !ours || !theirs) return false;
	if (theirs.number !== ours.number) return theirs.number < ours.number;
	return theirs.attempt < ours.attempt || (view.reveal !== null && battle.vote === null);
}

function load(view: BattleView, battle: Battle): BattleView {
	const known = view.id === battle.id ? view.turns : [];
	const reveal = mergeReveal(view.id === battle.id ? view.reveal : null, battle.vote);
	const turns = battle.turns.map(turnView).map((turn) =>
		mergeTurn(
			known.find((other) => other.number === turn.number),
			turn,
		),
	);
	const cast = battle.vote !== null;
	const judged = sameAnswers(known.at(-1), turns.at(-1));
	const unchosen = !judged && view.vote === 'choosing';
	const { vote, choice } = unchosen ? { vote: 'none' as const, choice: null } : view;
	return {
		...view,
		id: battle.id,
		promptId: battle.prompt_id,
		pool: battle.pool,
		sides: battle.sides,
		turns,
		can: battle.can,
		stream: battle.stream,
		reveal,
		vote: cast ? 'cast' : vote,
		choice: cast ? (battle.vote?.outcome ?? null) : choice,
		...(judged ? {} : { ranking: notRanked, reasons: noReasons(battle.sides), comment: '' }),
		kept: cast ? null : view.kept,
	};
}

function withSide(view: BattleView, side: Side, change: (side: SideView) => SideView): BattleView {
	const turn = view.turns.at(-1);
	if (!turn) return view;
	const changed = { ...turn, sides: { ...turn.sides, [side]: change(turn.sides[side]) } };
	return { ...view, turns: [...view.turns.slice(0, -1), changed] };
}

function applyMessage(view: BattleView, message: StreamMessage): BattleView {
	switch (message.type) {
		case 'delta':
			return withSide(view, message.side, (side) => {
				const replay = appendPart(side.replay, { type: message.part, text: message.text });
				const parts = lengthOf(replay) > lengthOf(side.parts) ? replay : side.parts;
				const status = side.status === 'pending' ? 'streaming' : side.status;
				return { ...side, replay, parts, status };
			});
		case 'state':
			return withSide(view, message.side, (side) => ({
				...side,
				status: message.status,
				truncated: message.truncated,
				error: message.error,
				remarks: message.remarks,
				...(message.error?.code === 'withheld' ? { parts: [], replay: [] } : {}),
			}));
		case 'end':
			// Until the battle is read anew: a choice made in that moment must not be lost.
			return { ...view, can: { ...view.can, vote: heard(view) }, stream: null, busy: 'reading' };
	}
}

/** Words of a stream that another attempt has replaced must not reach the new one's answers. */
function applyStream(view: BattleView, event: BattleEvent & { type: 'stream' }): BattleView {
	const turn = view.turns.at(-1);
	if (turn?.number !== event.turn || turn.attempt !== event.attempt) return view;
	return applyMessage(view, event.message);
}

function restartReplay(view: BattleView): BattleView {
	const clear = (side: SideView): SideView => ({ ...side, replay: [] });
	return view.sides.reduce((cleared, side) => withSide(cleared, side, clear), view);
}

function toggle<T>(list: readonly T[], item: T): T[] {
	return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}

function applyBoard(view: BattleView, board: Board): BattleView {
	const { reveal } = view;
	if (reveal?.rated !== true || reveal.board !== board.slug) return view;
	if (reveal.seq === null || board.seq < reveal.seq) return view;
	if (reveal.sides.every((side) => side.after)) return view;
	const sides = reveal.sides.map((side) => {
		const row = board.rows.find((entry) => entry.contender.slug === side.contender.slug);
		if (side.after || !row) return side;
		const { rank, mu, sigma, low, high, votes } = row;
		return { ...side, after: { rank, mu, sigma, low, high, votes } };
	});
	return { ...view, reveal: { ...reveal, sides } };
}

export function reduce(view: BattleView, event: BattleEvent): BattleView {
	switch (event.type) {
		case 'loaded': {
			const known = isBehind(view, event.battle) ? view : load(view, event.battle);
			return event.aside ? known : { ...known, busy: null, problem: null };
		}
		case 'stream':
			return applyStream(view, event);
		case 'stream-started':
			return restartReplay(view);
		case 'link':
			return { ...view, link: event.state };
		case 'asked':
			return { ...view, busy: event.what, problem: null };
		case 'failed':
			return { ...view, busy: null, problem: event.problem };
		case 'unread':
			return { ...view, busy: 'reading', problem: event.problem };
		case 'dismissed':
			return { ...view, problem: null };
		case 'chose':
			return { ...view, vote: 'choosing', choice: event.outcome, problem: null };
		case 'unchose':
			return { ...view, vote: 'none', choice: null };
		case 'ranked':
			return { ...view, ranking: event.ranking };
		case 'reason-toggled': {
			const list = toggle(view.reasons[event.side] ?? [], event.reason);
			return { ...view, reasons: { ...view.reasons, [event.side]: list } };
		}
		case 'commented':
			return { ...view, comment: event.text };
		case 'vote-sent':
			return { ...view, vote: 'sending', choice: event.ballot.outcome, kept: event.ballot };
		case 'vote-kept':
			return { ...view, vote: 'kept', problem: event.problem };
		case 'vote-refused':
			return { ...view, vote: 'none', choice: null, kept: null, problem: event.problem };
		case 'board':
			return applyBoard(view, event.board);
	}
}
