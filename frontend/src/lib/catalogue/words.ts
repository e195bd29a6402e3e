import { m } from '$lib/paraglide/messages.js';
import type { Contender, Provider, State } from './types';

const STATES: Record<State, () => string> = {
	draft: m.catalogue_state_draft,
	private_test: m.catalogue_state_private_test,
	preliminary: m.catalogue_state_preliminary,
	listed: m.catalogue_state_listed,
	retired: m.catalogue_state_retired,
};
export const stateWord = (state: State) => STATES[state]();

const MOVES: Record<State, () => string> = {
	draft: m.catalogue_state_draft,
	private_test: m.catalogue_move_private_test,
	preliminary: m.catalogue_move_preliminary,
	listed: m.catalogue_move_listed,
	retired: m.catalogue_move_retired,
};
export const moveWord = (state: State) => MOVES[state]();

const TOLD: Record<State, () => string> = {
	draft: m.catalogue_state_draft,
	private_test: m.catalogue_told_private_test,
	preliminary: m.catalogue_told_preliminary,
	listed: m.catalogue_told_listed,
	retired: m.catalogue_told_retired,
};
/** What a move will lead to. */
export const moveTold = (state: State) => TOLD[state]();

const READY: Record<Contender['ready'], () => string> = {
	ready: m.catalogue_ready,
	paused: m.catalogue_paused,
	no_route: m.catalogue_no_route,
	switched_off: m.catalogue_switched_off,
	no_key: m.catalogue_no_key,
	not_drawn: m.catalogue_not_drawn,
};
export const readyWord = (ready: Contender['ready']) => READY[ready]();

const KEYS: Record<Provider['key'], () => string> = {
	entered: m.catalogue_key_entered,
	environment: m.catalogue_key_environment,
	missing: m.catalogue_key_missing,
	none: m.catalogue_key_none,
};
export const keyWord = (key: Provider['key']) => KEYS[key]();

const PROTOCOLS: Record<Provider['protocol'], string> = {
	openai: 'OpenAI',
	anthropic: 'Anthropic',
	google: 'Google',
	scripted: 'Scripted',
};
export const PROTOCOL_NAMES = Object.entries(PROTOCOLS) as [Provider['protocol'], string][];
export const protocolWord = (protocol: Provider['protocol']) => PROTOCOLS[protocol];

/** A short name for addresses, out of a name for people. */
export function slugOf(name: string): string {
	return name
		.normalize('NFKD')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-+|-+$/g, '')
		.slice(0, 80);
}

/** A price as the API takes it; null for none. */
export const priceOf = (text: string): string | null => text.trim().replace(',', '.') || null;
