import { m } from '$lib/paraglide/messages.js';
import { relative, whole } from '$lib/ui/format';
import { mostPoints } from './limits';
import type { CreditsConfig, OwnWallet, StepName } from './types';
import { money, paidFor, unitsOf } from './units';

export interface Step {
	name: StepName;
	title: string;
	/** The large figure and its unit; a dash where nobody is known. */
	figure: string;
	unit: string;
	/** What it means just now. */
	told: string;
}

export interface Known {
	config: CreditsConfig;
	own: OwnWallet | null;
	/** When the pending epoch may be claimed on. */
	activeAt: string | null;
	now: number;
}

const NONE = '–';

function earn({ own }: Known): Step {
	const pending = own?.points.pending ?? 0;
	return {
		name: 'earn',
		title: m.step_earn(),
		figure: own ? whole(own.points.available) : NONE,
		unit: m.points_unit(),
		told:
			pending > 0
				? m.step_earn_pending({ count: whole(pending) })
				: own
					? m.step_earn_told()
					: m.step_earn_guest(),
	};
}

function convert({ own, config }: Known): Step {
	const most = own ? mostPoints(own) : 0;
	const short = own !== null && most < config.minimum;
	return {
		name: 'convert',
		title: m.step_convert(),
		figure: own ? money(short ? 0n : unitsOf(most, config.units_per_point)) : NONE,
		unit: config.symbol.credit,
		told:
			short || !own
				? m.step_convert_short({ minimum: whole(config.minimum) })
				: m.step_convert_told({ minimum: whole(config.minimum) }),
	};
}

/** Sealed, and not to be claimed yet. */
export function onItsWay(own: OwnWallet): bigint {
	const way =
		BigInt(own.sealed_units) - BigInt(own.claimed_units) - BigInt(own.claimable?.amount ?? 0);
	return way > 0n ? way : 0n;
}

function seal({ own, config, activeAt, now }: Known): Step {
	const open = BigInt(own?.unsealed_units ?? 0);
	const sealed = own ? onItsWay(own) : 0n;
	const next = config.next_seal_at;
	let told = m.step_seal_told();
	if (sealed > 0n && activeAt && Date.parse(activeAt) > now)
		told = m.step_seal_active({ when: relative(activeAt, now) });
	else if (sealed > 0n) told = m.step_seal_checked();
	else if (next && Date.parse(next) > now) told = m.step_seal_next({ when: relative(next, now) });
	else if (next) told = m.step_seal_now();
	return {
		name: 'seal',
		title: m.step_seal(),
		figure: own ? money(open + sealed) : NONE,
		unit: config.symbol.credit,
		told,
	};
}

function claim({ own, config }: Known): Step {
	const amount = BigInt(own?.claimable?.amount ?? 0);
	const claimed = own ? money(own.claimed_units) : '';
	return {
		name: 'claim',
		title: m.step_claim(),
		figure: own ? money(amount) : NONE,
		unit: config.symbol.credit,
		told:
			own && own.claimed_units !== '0'
				? m.step_claim_sofar({ amount: claimed })
				: m.step_claim_told(),
	};
}

function redeem({ own, config }: Known): Step {
	const balance = BigInt(own?.balance_units ?? 0);
	const held = own?.balance_units ?? null;
	const coin = config.symbol.stablecoin;
	return {
		name: 'redeem',
		title: m.step_redeem(),
		figure: held === null ? NONE : money(held),
		unit: config.symbol.credit,
		told:
			balance > 0n && config.rate
				? m.step_redeem_worth({ amount: money(paidFor(balance, config.rate)), coin })
				: m.step_redeem_told({ coin }),
	};
}

/** The way to money: five steps with their figures. */
export const stepsOf = (known: Known): Step[] =>
	[earn, convert, seal, claim, redeem].map((step) => step(known));

/** One sentence on what comes next, and who does it. */
export function nextWords({ own, config, activeAt, now }: Known): string {
	const coin = config.symbol.stablecoin;
	if (!own) return '';
	if (!own.wallet && own.step !== 'earn') return m.next_link();
	switch (own.step) {
		case 'earn':
			return m.next_earn({ minimum: whole(config.minimum) });
		case 'convert':
			return m.next_convert();
		case 'seal':
			if (activeAt && onItsWay(own) > 0n && Date.parse(activeAt) > now)
				return m.next_active({ when: relative(activeAt, now) });
			return config.next_seal_at && Date.parse(config.next_seal_at) > now
				? m.next_seal({ when: relative(config.next_seal_at, now) })
				: m.next_seal_soon();
		case 'claim':
			return m.next_claim();
		case 'redeem':
			return m.next_redeem({ coin });
	}
}
