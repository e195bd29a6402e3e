/**
 * The contract with the server, by hand. Each name stands alone, so that it can become
 * `export type X = components['schemas']['X']` once `schema.d.ts` is generated.
 */
export type Side = 'a' | 'b';
export const SIDES: readonly Side[] = ['a', 'b'];

export type Outcome = 'a' | 'b' | 'tie' | 'both_bad' | 'skip';

export const REASONS_GOOD = [
	'correct',
	'complete',
	'clear',
	'useful',
	'creative',
	'well_formatted',
] as const;
export const REASONS_BAD = [
	'wrong',
	'incomplete',
	'unclear',
	'off_topic',
	'too_long',
	'ignored_instructions',
] as const;
export type Reason = (typeof REASONS_GOOD)[number] | (typeof REASONS_BAD)[number];

export interface ProblemJson {
	type: string;
	title: string;
	status: number;
	detail: string;
	errors?: { field: string; message: string }[];
	retry_after?: number;
}

export interface Arena {
	name: string;
	contenders_ready: number;
	toys: boolean;
	limits: { prompt_chars: number; turns: number; attempts: number };
	reward: { points: number; daily_cap: number; hold_seconds: number; policy: string };
	terms: { version: string; hash: string };
	votes: number;
	battles: number;
}

export interface Suggestion {
	id: string;
	text: string;
	category: string;
	language: string;
}

export interface Me {
	user: null | { id: string; is_guest: boolean; name: string };
	consent: null | {
		terms_version: string;
		terms_hash: string;
		publish: boolean;
		at: string;
		current: boolean;
	};
	points: {
		pending: number;
		available: number;
		converted: number;
		today: number;
		daily_cap: number;
	};
}

export interface ConsentRequest {
	terms_version: string;
	terms_hash: string;
	of_age: true;
	publish: boolean;
}

export type PartType = 'text' | 'reasoning';
export interface Part {
	type: PartType;
	text: string;
}

export type EndStatus = 'done' | 'stopped' | 'failed' | 'interrupted';
export type AnswerStatus = 'pending' | 'streaming' | EndStatus;

export interface AnswerError {
	code: 'failed' | 'timed_out' | 'empty' | 'interrupted';
	message: string;
}

export interface Answer {
	side: Side;
	status: AnswerStatus;
	parts: Part[];
	truncated: boolean;
	error: null | AnswerError;
}

export interface Turn {
	number: number;
	attempt: number;
	prompt: Part[];
	answers: Answer[];
}

export interface StreamTicket {
	url: string;
	expires_at: string;
}

export interface Can {
	vote: Outcome[];
	follow_up: boolean;
	ask_again: boolean;
	stop: boolean;
}

export interface Battle {
	id: string;
	created_at: string;
	state: 'open' | 'voted';
	stream: null | StreamTicket;
	turns: Turn[];
	can: Can;
	vote: null | Reveal;
}

export interface Contender {
	slug: string;
	name: string;
	vendor: string;
	licence: string;
	openness: 'open-weights' | 'open' | 'closed' | 'unknown';
	parameters: string;
	url: string;
	price_input: string | null;
	price_output: string | null;
	state: string;
	toy: boolean;
}

export interface Standing {
	rank: number;
	mu: string;
	sigma: string;
	low: string;
	high: string;
	votes: number;
}

export interface RevealSide {
	side: Side;
	contender: Contender;
	before: null | Standing;
	after: null | Standing;
	first_token_ms: number | null;
	tokens_per_second: number | null;
	tokens: { input: number | null; output: number | null };
	cost_usd: string | null;
	names_itself: boolean;
}

export interface Award {
	awarded: number;
	reason: 'flat' | 'daily_cap' | 'network_cap' | 'skip' | 'unrated';
	policy: string;
	available_at: string | null;
}

export interface Receipt {
	commit: string;
	salt: string;
	time: string;
}

export interface Reveal {
	outcome: Outcome;
	cast_at: string;
	turn: number;
	attempt: number;
	rated: boolean;
	unrated_reason: null | 'skip' | 'names_itself' | 'failed';
	board: string;
	seq: null | number;
	sides: RevealSide[];
	points: Award;
	receipt: Receipt;
}

export interface Measures {
	vote_ms: number;
	page_ms: number;
	scroll: Record<Side, number>;
	seen: Record<Side, number>;
	input: 'key' | 'pointer' | 'touch';
}

export interface Ballot {
	outcome: Outcome;
	turn: number;
	attempt: number;
	reasons?: Record<Side, Reason[]>;
	comment?: string;
	measures?: Measures;
}

export type StreamMessage =
	| { type: 'delta'; id: string; side: Side; part: PartType; text: string }
	| {
			type: 'state';
			id: string;
			side: Side;
			status: 'streaming' | EndStatus;
			truncated: boolean;
			error: null | AnswerError;
	  }
	| { type: 'end'; id: string; turn: number; attempt: number };

export interface BoardRow {
	rank: number;
	rank_low: number;
	rank_high: number;
	contender: Contender;
	mu: string;
	sigma: string;
	low: string;
	high: string;
	votes: number;
	wins: number;
	losses: number;
	ties: number;
	both_bad: number;
	preliminary: boolean;
}

export interface Board {
	slug: string;
	title: string;
	seq: number;
	votes: number;
	updated_at: string;
	parameters: Record<'mu0' | 'sigma0' | 'beta' | 'tau' | 'draw_probability', string>;
	rows: BoardRow[];
}

export interface PointsLine {
	id: string;
	at: string;
	amount: number;
	account: 'pending' | 'available' | 'converted';
	kind: 'award' | 'release' | 'reversal' | 'conversion';
	reason: string;
	policy: string;
	battle: string | null;
	available_at: string | null;
}

export interface Page<T> {
	results: T[];
	next: string | null;
	previous: string | null;
}

export interface Statement extends Page<PointsLine> {
	balances: { pending: number; available: number; converted: number };
}

export interface HistoryLine {
	id: string;
	created_at: string;
	prompt: string;
	turns: number;
	state: 'open' | 'voted';
	outcome: null | Outcome;
	sides: { side: Side; contender: null | Pick<Contender, 'slug' | 'name' | 'vendor'> }[];
	points: number;
}
