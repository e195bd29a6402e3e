/** The board's own words for what the server says in codes. */
import type { BoardFilter, HistoryEvent } from '$lib/api/types';
import { m } from '$lib/paraglide/messages.js';
import { getLocale } from '$lib/paraglide/runtime';
import { day, whole } from '$lib/ui/format';
import type { View } from './address';
import type { Facet } from './facets';

const VIEW_NAMES: Record<View, () => string> = {
	live: m.view_live,
	settled: m.view_settled,
	cross: m.view_cross,
	style: m.view_style,
};
export const viewWord = (view: View) => VIEW_NAMES[view]();

const VIEW_ABOUT: Record<View, () => string> = {
	live: m.view_live_about,
	settled: m.view_settled_about,
	cross: m.view_cross_about,
	style: m.view_style_about,
};
export const viewAbout = (view: View) => VIEW_ABOUT[view]();

const EVENTS: Record<HistoryEvent['kind'], () => string> = {
	added: m.event_added,
	private_test: m.event_private_test,
	released: m.event_released,
	retired: m.event_retired,
	moved: m.event_moved,
	renamed: m.event_renamed,
	disclosed: m.event_disclosed,
	listed: m.event_listed,
	paused: m.event_paused,
	resumed: m.event_resumed,
	quarantined: m.event_quarantined,
	cleared: m.event_cleared,
};
export const eventWord = (kind: HistoryEvent['kind']) => EVENTS[kind]?.() ?? kind;

const FACET_NAMES: Record<Facet, () => string> = {
	language: m.facet_language,
	category: m.facet_category,
	pool: m.facet_pool,
	time: m.facet_time,
	counted: m.facet_counted,
};
export const facetWord = (facet: Facet) => FACET_NAMES[facet]();

const COVARIATES: Record<string, () => string> = {
	length: m.style_length,
	headers: m.style_headers,
	lists: m.style_lists,
	bold: m.style_bold,
	code: m.style_code,
};
export const covariateWord = (name: string) => COVARIATES[name]?.() ?? name;

/** The notes that need a sentence of their own; the others are said by the state of the page. */
const NOTES: Record<string, () => string> = {
	one_contender: m.note_one_contender,
	no_finite_maximum: m.note_no_finite_maximum,
	few_voters: m.note_few_voters,
	few_prompts: m.note_few_prompts,
	did_not_settle: m.note_did_not_settle,
	too_many_for_matrices: m.note_too_many_for_matrices,
	unrated: m.note_unrated,
	all_ties: m.note_all_ties,
	style_needs_more: m.note_style_needs_more,
};
export const noteWords = (code: string) => NOTES[code]?.() ?? null;

const plain = (slug: string) => {
	const words = slug.replace(/[-_]+/g, ' ').trim();
	return words.charAt(0).toUpperCase() + words.slice(1);
};

function languageWord(code: string): string {
	try {
		return new Intl.DisplayNames(getLocale(), { type: 'language' }).of(code) ?? code;
	} catch {
		// Not every code that a detector gives is one that the browser knows.
		return code;
	}
}

function timeWords({ window_days: days, since, until }: BoardFilter): string {
	if (days) return m.facet_days({ count: days, shown: whole(days) });
	if (since && until) return m.facet_between({ since: day(since), until: day(until) });
	if (since) return m.facet_since({ since: day(since) });
	if (until) return m.facet_until({ until: day(until) });
	return m.facet_all_time();
}

function countedWords({ ties, both_bad: bad }: BoardFilter): string {
	if (ties === 'ignore' && bad === 'ignore') return m.facet_decided();
	if (ties === 'ignore') return m.facet_no_ties();
	return bad === 'ignore' ? m.facet_no_bad() : m.facet_every_vote();
}

/** One choice of the sentence, in words. */
export function choiceWords(facet: Facet, filter: BoardFilter): string {
	if (facet === 'time') return timeWords(filter);
	if (facet === 'counted') return countedWords(filter);
	if (facet === 'language')
		return filter.languages.map(languageWord).join(', ') || m.facet_all_languages();
	if (facet === 'category')
		return filter.categories.map(plain).join(', ') || m.facet_all_categories();
	return filter.pools.map(plain).join(', ') || m.facet_all_pools();
}
