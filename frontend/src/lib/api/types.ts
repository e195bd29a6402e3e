/**
 * The contract with the server: short names for the parts of its schema (`schema.d.ts`, made by `make types`), and what a
 * schema cannot say: the union of all that a stream tells, and which reasons praise or blame.
 */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Side = Schemas['SideLetter'];

export type Outcome = Schemas['Outcome'];
export type Reason = Schemas['VoteReason'];

export const REASONS_GOOD = [
	'correct',
	'complete',
	'clear',
	'useful',
	'creative',
	'well_formatted',
] as const satisfies readonly Reason[];
export const REASONS_BAD = [
	'wrong',
	'incomplete',
	'unclear',
	'off_topic',
	'too_long',
	'ignored_instructions',
] as const satisfies readonly Reason[];

export type ProblemJson = Schemas['Problem'];
export type Arena = Schemas['Arena'];
export type TermsText = Schemas['TermsText'];
export type Suggestion = Schemas['Suggestion'];
export type Drawn = Schemas['Drawn'];
export type Challenge = Schemas['Challenge'];
export type Me = Schemas['Me'];
export type WalletText = Schemas['WalletChallenge'];
export type LinkedWallet = Schemas['Wallet'];
export type ConsentRequest = Schemas['ConsentRequest'];

export type Part = Schemas['Part'];
export type PartType = Part['type'];
export type AnswerStatus = Schemas['AnswerStatus'];
export type EndStatus = Exclude<AnswerStatus, 'pending' | 'streaming'>;
export type AnswerError = Schemas['AnswerError'];
export type Remark = Schemas['Remark'];
export type Answer = Schemas['Answer'];
export type Turn = Schemas['Turn'];
export type StreamTicket = Schemas['Stream'];
export type Can = Schemas['Can'];
export type Battle = Schemas['Battle'];

export type Contender = Schemas['Contender'];
export type Standing = Schemas['Standing'];
export type RevealSide = Schemas['RevealedSide'];
export type Award = Schemas['Earned'];
export type Receipt = Schemas['Receipt'];
export type Reveal = Schemas['Reveal'];
export type Measures = Required<Schemas['MeasuresRequest']>;
export type Ballot = Schemas['VoteRequest'];

export type ReportReason = Schemas['ReportReason'];
export type ReportRequest = Schemas['ReportRequest'];
export type Reported = Schemas['Report'];
export type ShareLink = Schemas['Share'];
export type Shared = Schemas['Shared'];

export type StreamMessage =
	| { type: 'delta'; id: string; side: Side; part: PartType; text: string }
	| {
			type: 'state';
			id: string;
			side: Side;
			status: 'streaming' | EndStatus;
			truncated: boolean;
			error: null | AnswerError;
			remarks: Remark[];
	  }
	| { type: 'end'; id: string; turn: number; attempt: number };

export type BoardSummary = Schemas['BoardSummary'];
export type BoardFilter = Schemas['Filter'];
export type BoardRow = Schemas['BoardRow'];
export type Board = Schemas['Board'];
/** A board as it was published once. */
export type ArchivedBoard = Schemas['ArchivedBoard'];
export type Analysis = Schemas['Analysis'];
export type ReasonCounts = Schemas['ReasonCounts'];
/** slug, rank, mu, low, high */
export type HistoryRow = [string, number, string, string, string];
export type BoardHistory = Omit<Schemas['History'], 'points'> & {
	/** Oldest first. */
	points: (Omit<Schemas['Point'], 'rows'> & { rows: HistoryRow[] })[];
};
export type HistoryEvent = Schemas['Event'];

export type PointsLine = Schemas['Line'];
export type Statement = Schemas['Statement'];
export type HistoryLine = Schemas['BattleSummary'];

export interface Page<T> {
	results: T[];
	next: string | null;
	previous: string | null;
}
