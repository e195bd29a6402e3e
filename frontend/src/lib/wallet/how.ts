import { m } from '$lib/paraglide/messages.js';
import { whole } from '$lib/ui/format';
import { lasting } from './measures';
import type { CreditsConfig } from './types';
import { money, paidFor, unitsOf } from './units';

const POINTS = 1_000;

/** The rules of pay in this arena's own figures; the rate only once the chain has told it. */
export function moneyWords(config: CreditsConfig): string[] {
	const { credit, stablecoin: coin } = config.symbol;
	const period = lasting(config.epoch_seconds);
	const rate = config.rate
		? [
				m.how_money_1({
					points: whole(POINTS),
					amount: money(unitsOf(POINTS, config.units_per_point)),
					credit,
					paid: money(paidFor(1_000_000n, config.rate)),
					coin,
				}),
			]
		: [];
	const seal =
		config.delay_seconds === null
			? m.how_money_2_unknown({ period })
			: m.how_money_2({ period, delay: lasting(config.delay_seconds) });
	return [...rate, seal];
}
