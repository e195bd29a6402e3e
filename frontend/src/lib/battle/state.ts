import { notRanked, type Ranking } from './ranking';
import type { LinkState } from '$lib/api/stream';
import type { ApiProblem } from '$lib/api/problem';
import type {
	Answer,
	AnswerError,
	AnswerStatus,
	Ballot,
	Battle,
	Board,
	Can,
	Outcome,
	Part,
	Reason,
	Remark,
	Reveal,
	Side,
	StreamMessage,
	StreamTicket,
	Turn,
} from '$lib/api/types';

export interface SideView {
	status: AnswerStatus;
	parts: Part[];
	truncated: boolean;
	error: null | AnswerError;
	/** What the arena has to say of it. */
	remarks: Remark[];
	/** What the running stream has said so far; shown once it is longer than `parts`. */
	replay: Part[];
}

export interface TurnView {
	number: number;
	attempt: number;
	prompt: string;
	remarks: Remark[];
	sides: Record<Side, SideView>;
}

/** How far the vote is: nothing, a choice whose reasons are being asked, on its way, kept, cast. */
export type VoteStep = 'none' | 'choosing' | 'sending' | 'kept' | 'cast';

export interface BattleView {
	id: string | null;
	/** Of a pool's prompt. */
	promptId: string | null;
	/** What that pool asks of its voters. */
	pool: Battle['pool'];
	sides: readonly Side[];
	turns: TurnView[];
	can: Can;
	stream: null | StreamTicket;
	link: LinkState;
	vote: VoteStep;
	choice: Outcome | null;
	/** Of more than two sides, the order that the person has given them so far. */
	ranking: Ranking;
	reasons: Partial<Record<Side, Reason[]>>;
	comment: string;
	kept: null | Ballot;
	reveal: null | Reveal;
	/** What a person asked for and the server has not answered yet; `reading` while the battle is read after its stream. */
	busy: null | 'follow-up' | 'again' | 'stop' | 'reading';
	problem: null | ApiProblem;
}

/** All that can happen to a battle: what the server says and what the person does. */
export type BattleEvent =
	/** `aside`: nobody waited for it, so what is being done and what went wrong with it stay. */
	| { type: 'loaded'; battle: Battle; aside?: boolean }
	| { type: 'stream'; turn: number; attempt: number; message: StreamMessage }
	| { type: 'stream-started' }
	| { type: 'link'; state: LinkState }
	| { type: 'asked'; what: 'follow-up' | 'again' | 'stop' }
	| { type: 'failed'; problem: ApiProblem }
	/** The battle could not be read after its stream. */
	| { type: 'unread'; problem: ApiProblem }
	| { type: 'dismissed' }
	| { type: 'chose'; outcome: Outcome }
	| { type: 'unchose' }
	| { type: 'ranked'; ranking: Ranking }
	| { type: 'reason-toggled'; side: Side; reason: Reason }
	| { type: 'commented'; text: string }
	| { type: 'vote-sent'; ballot: Ballot }
	| { type: 'vote-kept'; problem: ApiProblem }
	| { type: 'vote-refused'; problem: ApiProblem }
	| { type: 'board'; board: Board };

const NOTHING: Can = { vote: [], follow_up: false, ask_again: false, stop: false };

/** The same thing for each letter that a side may have. */
export function bySide<T>(of: (side: Side) => T): Record<Side, T> {
	return { a: of('a'), b: of('b'), c: of('c'), d: of('d') };
}

export const noReasons = (sides: readonly Side[]): BattleView['reasons'] =>
	Object.fromEntries(sides.map((side) => [side, []]));

export function emptyBattle(): BattleView {
	return {
		id: null,
		promptId: null,
		pool: null,
		sides: ['a', 'b'],
		turns: [],
		can: NOTHING,
		stream: null,
		link: 'closed',
		vote: 'none',
		choice: null,
		ranking: notRanked,
		reasons: noReasons(['a', 'b']),
		comment: '',
		kept: null,
		reveal: null,
		busy: null,
		problem: null,
	};
}

export function joinParts(parts: readonly Part[], type: Part['type']): string {
	let text = '';
	for (const part of parts) if (part.type === type) text += part.text;
	return text;
}

export function lengthOf(parts: readonly Part[]): number {
	return parts.reduce((sum, part) => sum + part.text.length, 0);
}

/** Neighbouring parts of one type are one part: thousands of deltas stay one string. */
export function appendPart(parts: readonly Part[], next: Part): Part[] {
	const last = parts.at(-1);
	if (last?.type !== next.type) return [...parts, next];
	return [...parts.slice(0, -1), { type: last.type, text: last.text + next.text }];
}

export function hasEnded(status: AnswerStatus): boolean {
	return status !== 'pending' && status !== 'streaming';
}

const BLANK: SideView = {
	status: 'pending',
	parts: [],
	truncated: false,
	error: null,
	remarks: [],
	replay: [],
};

function sideView(answer: Answer | undefined): SideView {
	if (!answer) return BLANK;
	const { status, parts, truncated, error, remarks } = answer;
	return { status, parts, truncated, error, remarks, replay: [] };
}

export function turnView(turn: Turn): TurnView {
	const find = (side: Side) => turn.answers.find((answer) => answer.side === side);
	return {
		number: turn.number,
		attempt: turn.attempt,
		prompt: joinParts(turn.prompt, 'text'),
		remarks: turn.remarks,
		sides: bySide((side) => sideView(find(side))),
	};
}

export function latest(view: BattleView): TurnView | null {
	return view.turns.at(-1) ?? null;
}

/** Two answers are compared, more are put in order. */
export const isMany = (view: BattleView): boolean => view.sides.length > 2;

const OF_TWO: Outcome[] = ['a', 'b', 'tie', 'both_bad', 'skip'];
const OF_MANY: Outcome[] = ['ranking', 'both_bad', 'skip'];

/**
 * What may be voted now. While answers stream the server's list is out of date, so the page reads
 * the stream itself: all sides must have said something, and a failed side leaves only the skip.
 */
export function votable(view: BattleView): Outcome[] {
	const turn = latest(view);
	if (!turn || view.reveal || view.vote === 'sending' || view.vote === 'kept') return [];
	return view.stream ? heard(view) : view.can.vote;
}

/** What the answers allow, as far as they have been heard. */
export function heard(view: BattleView): Outcome[] {
	const turn = latest(view);
	if (!turn) return [];
	const answers = view.sides.map((side) => turn.sides[side]);
	if (answers.some((answer) => answer.status === 'failed')) return ['skip'];
	const all = answers.every((answer) => joinParts(answer.parts, 'text').trim() !== '');
	if (!all) return [];
	return isMany(view) ? OF_MANY : OF_TWO;
}

export const onlySkip = (allowed: Outcome[]): boolean =>
	allowed.length === 1 && allowed[0] === 'skip';

export function isStreaming(view: BattleView): boolean {
	const turn = latest(view);
	if (!turn || !view.stream) return false;
	return view.sides.some((side) => !hasEnded(turn.sides[side].status));
}
