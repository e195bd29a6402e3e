import { m } from '$lib/paraglide/messages.js';
import type { Conversion } from '$lib/wallet/types';

const STATES: Record<Conversion['state'], () => string> = {
	waiting: m.epoch_waiting,
	sealed: m.epoch_sealed,
	awaiting_approval: m.epoch_awaiting_approval,
	uncovered: m.epoch_uncovered,
	sending: m.epoch_sending,
	posted: m.epoch_posted,
	active: m.epoch_active,
	vetoed: m.epoch_vetoed,
	void: m.epoch_void,
};
/** A state newer than this page is shown as it came. */
export const epochWord = (state: Conversion['state']): string =>
	(STATES[state] as (() => string) | undefined)?.() ?? state;

const CONTRACTS: Record<string, () => string> = {
	credits: m.contract_credits,
	stablecoin: m.contract_stablecoin,
	log: m.contract_log,
	timelock: m.contract_timelock,
};
export const contractWord = (name: string): string => CONTRACTS[name]?.() ?? name;

const PURPOSES: Record<string, () => string> = {
	post: m.purpose_post,
	veto: m.purpose_veto,
	anchor: m.purpose_anchor,
	pause: m.purpose_pause,
	fund: m.purpose_fund,
	sponsor: m.purpose_sponsor,
};
/** A transaction's purpose is "post:3": what it is for, and of which epoch. */
export const purposeWord = (purpose: string): string => {
	const [kind = ''] = purpose.split(':');
	return PURPOSES[kind]?.() ?? purpose;
};

/** What a stranger types, beside a checkout and a node of the chain, to derive an epoch again. */
export const verifyCommand = (epoch: number) =>
	`manage.py verify_epoch ${epoch} --site ${location.origin} --rpc URL`;
