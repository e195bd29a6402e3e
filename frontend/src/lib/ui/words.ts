import type { ApiProblem } from '$lib/api/problem';
import type { AnswerError, Award, Outcome, PointsLine, Reason, Remark } from '$lib/api/types';
import { m } from '$lib/paraglide/messages.js';
import { dateTime, whole } from './format';

const REASONS: Record<Reason, () => string> = {
	correct: m.reason_correct,
	complete: m.reason_complete,
	clear: m.reason_clear,
	useful: m.reason_useful,
	creative: m.reason_creative,
	well_formatted: m.reason_well_formatted,
	wrong: m.reason_wrong,
	incomplete: m.reason_incomplete,
	unclear: m.reason_unclear,
	off_topic: m.reason_off_topic,
	too_long: m.reason_too_long,
	ignored_instructions: m.reason_ignored_instructions,
};
export const reasonWord = (reason: Reason) => REASONS[reason]();

const CHOSEN: Record<Outcome, () => string> = {
	a: m.chose_a,
	b: m.chose_b,
	tie: m.chose_tie,
	ranking: m.chose_ranking,
	both_bad: m.chose_both_bad,
	skip: m.chose_skip,
};
export const chosenWords = (outcome: Outcome, sides = 2) =>
	sides > 2 && outcome === 'both_bad' ? m.chose_all_bad() : CHOSEN[outcome]();

const JUDGED: Record<Outcome, () => string> = {
	a: m.judged_a,
	b: m.judged_b,
	tie: m.judged_tie,
	ranking: m.judged_ranking,
	both_bad: m.judged_both_bad,
	skip: m.judged_skip,
};
/** Somebody else's judgement, as a reader of a shared battle is told it. */
export const judgedWords = (outcome: Outcome, sides = 2) =>
	sides > 2 && outcome === 'both_bad' ? m.judged_all_bad() : JUDGED[outcome]();

const PLACES = [m.rank_1, m.rank_2, m.rank_3, m.rank_4];
/** Of an order of three or four; 0 is the best. */
export const placeWord = (rank: number) => PLACES[rank]?.() ?? String(rank + 1);

const OPENNESS: Record<string, () => string> = {
	'open-weights': m.openness_open_weights,
	open: m.openness_open,
	closed: m.openness_closed,
};
export const opennessWord = (openness: string) => (OPENNESS[openness] ?? m.unknown)();

const UNRATED: Record<string, () => string> = {
	skip: m.unrated_skip,
	names_itself: m.unrated_names_itself,
	private_test: m.unrated_private_test,
	quarantine: m.unrated_quarantine,
	failed: m.unrated_failed,
};
export const unratedWords = (reason: string | null) => (UNRATED[reason ?? ''] ?? m.unrated_other)();

const AWARDS: Record<Award['reason'], () => string> = {
	flat: m.award_flat,
	daily_cap: m.award_daily_cap,
	network_cap: m.award_network_cap,
	skip: m.award_skip,
	unrated: m.award_unrated,
};
/** A ledger line's reason may be newer than this page: then it is shown as it came. */
export const awardWords = (reason: string) =>
	(AWARDS[reason as Award['reason']] as (() => string) | undefined)?.() ?? reason;

const KINDS: Record<PointsLine['kind'], () => string> = {
	award: m.kind_award,
	release: m.kind_release,
	reversal: m.kind_reversal,
	conversion: m.kind_conversion,
	void: m.kind_void,
};
export const kindWord = (kind: PointsLine['kind']) => KINDS[kind]();

const STATES: Record<string, () => string> = {
	preliminary: m.state_preliminary,
	retired: m.state_retired,
};
/** Only states a reader must know of; "listed" is the ordinary case. */
export const stateWord = (state: string) => STATES[state]?.() ?? null;

const ANSWER_ERRORS: Record<AnswerError['code'], () => string> = {
	failed: m.answer_failed,
	timed_out: m.answer_timed_out,
	empty: m.answer_empty,
	interrupted: m.answer_interrupted,
	withheld: m.answer_withheld,
};
export const answerErrorWords = (code: AnswerError['code']) =>
	(ANSWER_ERRORS[code] ?? m.answer_failed)();

const REMARKS: Record<Remark['category'], () => string> = {
	sexual_minors: m.moderation_remark_sexual_minors,
	mass_weapons: m.moderation_remark_mass_weapons,
	self_harm: m.moderation_remark_self_harm,
	hate: m.moderation_remark_hate,
	threats: m.moderation_remark_threats,
	violence: m.moderation_remark_violence,
	crime: m.moderation_remark_crime,
	sexual: m.moderation_remark_sexual,
	personal_data: m.moderation_remark_personal_data,
	credentials: m.moderation_remark_credentials,
};
/** A category may be newer than this page: then the server's own sentence is shown. */
export const remarkWords = (remark: Remark) =>
	(REMARKS[remark.category] as (() => string) | undefined)?.() ?? remark.message;

// The arena releases what is due once a minute.
const RELEASED_WITHIN_MS = 60_000;

export function availableWords(award: Award): string {
	if (award.awarded === 0 || !award.available_at) return '';
	const due = Date.now() - Date.parse(award.available_at);
	if (due < 0) return m.points_available_at({ when: dateTime(award.available_at) });
	return due < RELEASED_WITHIN_MS ? m.points_available_soon() : m.points_available_now();
}

const PROBLEMS: Record<string, (problem: ApiProblem) => string> = {
	offline: m.problem_offline,
	unreadable: m.problem_unreadable,
	'no-contenders': m.problem_no_contenders,
	'consent-required': m.problem_consent,
	'consent-outdated': m.problem_consent_outdated,
	'sign-in-required': m.problem_sign_in_required,
	'stale-attempt': m.problem_stale,
	'turn-limit': m.problem_turn_limit,
	'still-streaming': m.problem_still_streaming,
	'battle-failed': m.problem_battle_failed,
};

/** What the server calls a request that is wrong as a whole. */
const NO_FIELD = ['body', 'non_field_errors'];

/** What is wrong with a field that is not in sight. */
export const faultWords = (fault: ApiProblem['fields'][number]) =>
	NO_FIELD.includes(fault.field) ? fault.message : m.problem_field(fault);

const [MINUTE, HOUR] = [60, 3600];

/** A wait in a unit of which it is more than two; never less than it is. */
function waitWords(wait: number): string {
	const [words, unit] =
		wait > 2 * HOUR
			? [m.problem_wait_hours, HOUR]
			: wait > 2 * MINUTE
				? [m.problem_wait_minutes, MINUTE]
				: [m.problem_wait_seconds, 1];
	const count = Math.ceil(wait / unit);
	return words({ count, shown: whole(count) });
}

/** What happened and what to do; the server's own sentence, which says itself how long to wait, when it knows better than we do. */
export function explain(problem: ApiProblem): string {
	const own = PROBLEMS[problem.code]?.(problem);
	if (!own) return problem.fields.map(faultWords).join(' ') || problem.detail;
	return problem.retryAfter ? `${own} ${waitWords(problem.retryAfter)}` : own;
}
