import type { Contender } from '$lib/api/types';

/** One contender's row, whichever view it comes from. */
export interface Line {
	contender: Contender;
	group: number;
	rank: number;
	rankLow: number;
	rankHigh: number;
	tier: number | null;
	/** The rating, and the ends of its 95% interval, in the view's own unit. */
	value: number;
	low: number;
	high: number;
	preliminary: boolean;
	votes: number;
	wins: number;
	losses: number;
	ties: number;
	bothBad: number;
	/** Places gained against the live view; null in that view. */
	gained: number | null;
	/** Rating less that of the live view, both centred; null where the units differ. */
	difference: number | null;
	/** Median tokens a second. */
	speed: number | null;
	/** USD for a million tokens written. */
	price: number | null;
}

const SORT_KEYS = ['rank', 'name', 'rating', 'votes', 'wins', 'ties', 'speed', 'price'] as const;
export type SortKey = (typeof SORT_KEYS)[number];
export const isSortKey = (key: unknown): key is SortKey =>
	(SORT_KEYS as readonly unknown[]).includes(key);

export interface Sort {
	key: SortKey;
	descending: boolean;
}

/** Of the battles that somebody won; null before there is one. */
export function winRate(row: Line): number | null {
	const decided = row.wins + row.losses;
	return decided === 0 ? null : row.wins / decided;
}

/** Both good and both bad: neither side was preferred. */
export function tieRate(row: Line): number | null {
	return row.votes === 0 ? null : (row.ties + row.bothBad) / row.votes;
}

const VALUES: Record<Exclude<SortKey, 'name'>, (row: Line) => number | null> = {
	rank: (row) => row.rank,
	rating: (row) => row.value,
	votes: (row) => row.votes,
	wins: winRate,
	ties: tieRate,
	speed: (row) => row.speed,
	price: (row) => row.price,
};

/** Rows without the figure come last, whichever way they are sorted; equal ones by rank. */
export function sortRows(rows: readonly Line[], sort: Sort): Line[] {
	const sign = sort.descending ? -1 : 1;
	const { key } = sort;
	if (key === 'name') {
		const order = (left: Line, right: Line) =>
			sign * left.contender.name.localeCompare(right.contender.name);
		return [...rows].sort((left, right) => order(left, right) || left.rank - right.rank);
	}
	const missing = sort.descending ? -Infinity : Infinity;
	const value = (row: Line) => VALUES[key](row) ?? missing;
	return [...rows].sort((left, right) => {
		const [a, b] = [value(left), value(right)];
		return a === b ? left.rank - right.rank : sign * (a - b);
	});
}

const SMALLEST_FIRST: readonly SortKey[] = ['rank', 'name', 'price'];

/** Numbers and intervals are meant largest first; ranks, names and prices smallest first. */
export function nextSort(now: Sort, key: SortKey): Sort {
	if (now.key === key) return { key, descending: !now.descending };
	return { key, descending: !SMALLEST_FIRST.includes(key) };
}

/** New figures in the old order: rows must not move under a hand. */
export function holdOrder(order: readonly string[], rows: readonly Line[]): Line[] {
	const places = new Map(order.map((slug, place) => [slug, place]));
	const place = (row: Line) => places.get(row.contender.slug) ?? Infinity;
	return [...rows].sort((left, right) => {
		const difference = place(left) - place(right);
		return Number.isNaN(difference) || difference === 0 ? left.rank - right.rank : difference;
	});
}

export interface Axis {
	low: number;
	high: number;
	ticks: number[];
}

const MOST_TICKS = 7;
const NOTHING: Axis = { low: 0, high: 50, ticks: [0, 25, 50] };

/** One axis for all rows, ending on round numbers so that small changes do not move it. */
export function axisOf(rows: readonly { low: number; high: number }[]): Axis {
	const low = Math.min(...rows.map((row) => row.low));
	const high = Math.max(...rows.map((row) => row.high));
	if (!Number.isFinite(low) || !Number.isFinite(high)) return NOTHING;
	const step = stepOf(Math.max(high - low, 1));
	const first = Math.floor(low / step) * step;
	const last = Math.ceil(high / step) * step;
	const count = Math.round((last - first) / step);
	// A tenth has no exact binary form: steps are counted, then rounded.
	const at = (index: number) => Number((first + index * step).toFixed(6));
	return { low: at(0), high: at(count), ticks: Array.from({ length: count + 1 }, (_, i) => at(i)) };
}

function stepOf(span: number): number {
	const size = 10 ** Math.floor(Math.log10(span / MOST_TICKS));
	return size * ([1, 2, 5].find((times) => span / (size * times) <= MOST_TICKS) ?? 10);
}

export function along(axis: Axis, value: number): number {
	return ((value - axis.low) / (axis.high - axis.low)) * 100;
}

/**
 * Which quiet band a row belongs to: as the server says, else as its intervals say. A band holds every contender whose interval still
 * reaches its first one's, so that a step between bands is a difference the votes can carry.
 */
export function tiersOf(rows: readonly Line[]): Map<string, number> {
	if (rows.some((row) => row.tier !== null))
		return new Map(rows.map((row) => [row.contender.slug, (row.tier ?? 1) - 1]));
	const tiers = new Map<string, number>();
	let tier = 0;
	let anchor: number | null = null;
	for (const row of sortRows(rows, { key: 'rank', descending: false })) {
		if (anchor !== null && row.high < anchor) {
			tier += 1;
			anchor = row.low;
		}
		anchor ??= row.low;
		tiers.set(row.contender.slug, tier);
	}
	return tiers;
}
