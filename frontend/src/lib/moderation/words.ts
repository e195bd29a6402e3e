import type { ReportReason } from '$lib/api/types';
import { m } from '$lib/paraglide/messages.js';
import type { Action, Decision } from './types';

export const ACTIONS: readonly Action[] = ['off', 'log', 'warn', 'block'];

const ACTION_WORDS: Record<Action, () => string> = {
	off: m.moderation_off,
	log: m.moderation_log,
	warn: m.moderation_warn,
	block: m.moderation_block,
};
export const actionWord = (action: Action) => ACTION_WORDS[action]();

const TRIED: Record<Action, () => string> = {
	off: m.moderation_try_off,
	log: m.moderation_try_log,
	warn: m.moderation_try_warn,
	block: m.moderation_try_block,
};
export const triedWords = (action: Action) => TRIED[action]();

const CATEGORIES: Record<string, () => string> = {
	sexual_minors: m.moderation_cat_sexual_minors,
	mass_weapons: m.moderation_cat_mass_weapons,
	self_harm: m.moderation_cat_self_harm,
	hate: m.moderation_cat_hate,
	threats: m.moderation_cat_threats,
	violence: m.moderation_cat_violence,
	crime: m.moderation_cat_crime,
	sexual: m.moderation_cat_sexual,
	personal_data: m.moderation_cat_personal_data,
	credentials: m.moderation_cat_credentials,
	unchecked: m.moderation_cat_unchecked,
};
/** A category that is newer than this page is shown by its name. */
export const categoryWord = (name: string) => CATEGORIES[name]?.() ?? name;

const REASONS: Record<ReportReason, () => string> = {
	illegal: m.report_illegal,
	dangerous: m.report_dangerous,
	hateful: m.report_hateful,
	personal_data: m.report_personal_data,
	other: m.report_other,
};
export const reasonWord = (reason: ReportReason) => REASONS[reason]();

const DECISIONS: Record<Decision, () => string> = {
	dismissed: m.moderation_decided_dismissed,
	upheld: m.moderation_decided_upheld,
	withheld: m.moderation_decided_withheld,
};
export const decisionWord = (decision: Decision | null) =>
	decision ? DECISIONS[decision]() : m.moderation_decided_none();
