import type { CreditsConfig, OwnWallet } from './types';

/** How many points may be converted now: what is available, within what is left of the day's and the month's caps. */
export function mostPoints(own: OwnWallet): number {
	return Math.max(0, Math.min(own.points.available, own.today.left, own.month.left));
}

export type Refused = 'not_a_number' | 'minimum' | 'available' | 'daily' | 'monthly';

/** Why so many points cannot be converted, or null. The server says the same, later. */
export function refused(
	points: number | null,
	own: OwnWallet,
	config: CreditsConfig,
): Refused | null {
	if (points === null) return 'not_a_number';
	if (points < config.minimum) return 'minimum';
	if (points > own.points.available) return 'available';
	if (points > own.today.left) return 'daily';
	if (points > own.month.left) return 'monthly';
	return null;
}
