import type { BoardRow } from '$lib/api/types';

export type SortKey = 'rank' | 'name' | 'rating' | 'votes' | 'wins' | 'ties';

export interface Sort {
	key: SortKey;
	descending: boolean;
}

/** Of the battles that somebody won; null before there is one. */
export function winRate(row: BoardRow): number | null {
	const decided = row.wins + row.losses;
	return decided === 0 ? null : row.wins / decided;
}

/** Both good and both bad: neither side was preferred. */
export function tieRate(row: BoardRow): number | null {
	return row.votes === 0 ? null : (row.ties + row.both_bad) / row.votes;
}

const VALUES: Record<Exclude<SortKey, 'name'>, (row: BoardRow) => number> = {
	rank: (row) => row.rank,
	rating: (row) => Number(row.mu),
	votes: (row) => row.votes,
	wins: (row) => winRate(row) ?? -1,
	ties: (row) => tieRate(row) ?? -1,
};

export function sortRows(rows: readonly BoardRow[], sort: Sort): BoardRow[] {
	const sign = sort.descending ? -1 : 1;
	const { key } = sort;
	return [...rows].sort((left, right) => {
		const order =
			key === 'name'
				? left.contender.name.localeCompare(right.contender.name)
				: VALUES[key](left) - VALUES[key](right);
		return order === 0 ? left.rank - right.rank : sign * order;
	});
}

/** Numbers and intervals are meant largest first, ranks and names smallest first. */
export function nextSort(now: Sort, key: SortKey): Sort {
	if (now.key === key) return { key, descending: !now.descending };
	return { key, descending: key !== 'rank' && key !== 'name' };
}

/** New figures in the old order: rows must not move under a hand. */
export function holdOrder(order: readonly string[], rows: readonly BoardRow[]): BoardRow[] {
	const places = new Map(order.map((slug, place) => [slug, place]));
	const place = (row: BoardRow) => places.get(row.contender.slug) ?? Infinity;
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

const STEPS = [0.5, 1, 2, 5, 10, 20, 50, 100];
const MOST_TICKS = 7;

/** One axis for all rows, ending on round numbers so that small changes do not move it. */
export function axisOf(rows: readonly BoardRow[]): Axis {
	const lows = rows.map((row) => Number(row.low));
	const highs = rows.map((row) => Number(row.high));
	const low = Math.min(...lows);
	const high = Math.max(...highs);
	if (!Number.isFinite(low) || !Number.isFinite(high))
		return { low: 0, high: 50, ticks: [0, 25, 50] };
	const span = Math.max(high - low, 1);
	const step = STEPS.find((size) => span / size <= MOST_TICKS) ?? 100;
	const first = Math.floor(low / step) * step;
	const last = Math.ceil(high / step) * step;
	const count = Math.round((last - first) / step);
	const ticks = Array.from({ length: count + 1 }, (_, index) => first + index * step);
	return { low: first, high: last, ticks };
}

export function along(axis: Axis, value: number): number {
	return ((value - axis.low) / (axis.high - axis.low)) * 100;
}

/**
 * Which quiet band a row belongs to. A band holds every contender whose interval still reaches its
 * first one's, so that a step between bands is a difference the votes can carry.
 */
export function tiersOf(rows: readonly BoardRow[]): Map<string, number> {
	const tiers = new Map<string, number>();
	let tier = 0;
	let anchor: number | null = null;
	for (const row of sortRows(rows, { key: 'rank', descending: false })) {
		if (anchor !== null && Number(row.high) < anchor) {
			tier += 1;
			anchor = Number(row.low);
		}
		anchor ??= Number(row.low);
		tiers.set(row.contender.slug, tier);
	}
	return tiers;
}
