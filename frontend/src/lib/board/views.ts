/** The four readings of the same votes, each as the lines of one table. */
import type { Analysis, Board, BoardRow } from '$lib/api/types';
import type { View } from './address';
import type { Line } from './rows';

type Placed = Pick<
	Line,
	'rank' | 'rankLow' | 'rankHigh' | 'tier' | 'value' | 'low' | 'high' | 'gained' | 'difference'
>;

function line(row: BoardRow, analysis: Analysis | null, placed: Placed): Line {
	const { contender } = row;
	return {
		...placed,
		contender,
		group: row.group ?? 1,
		preliminary: row.preliminary,
		votes: row.votes,
		wins: row.wins,
		losses: row.losses,
		ties: row.ties,
		bothBad: row.both_bad,
		speed: analysis?.speed[contender.slug]?.tokens_per_second ?? null,
		price: contender.price_output === null ? null : Number(contender.price_output),
	};
}

const live = (row: BoardRow): Placed => ({
	rank: row.rank,
	rankLow: row.rank_low,
	rankHigh: row.rank_high,
	tier: row.tier,
	value: Number(row.mu),
	low: Number(row.low),
	high: Number(row.high),
	gained: null,
	difference: null,
});

interface Told {
	slug: string;
	rank: number;
	low: number;
	high: number;
	mu?: number;
	elo?: number;
	rank_low?: number;
	rank_high?: number;
	tier?: number | null;
	difference?: number;
}

function told(analysis: Analysis | null, view: Exclude<View, 'live'>): readonly Told[] | null {
	if (view === 'settled') return analysis?.settled?.rows ?? null;
	if (view === 'cross') return analysis?.cross_check?.rows ?? null;
	return analysis?.style?.rows ?? null;
}

/** The rows of a view; null while the view cannot be given. */
export function linesOf(board: Board, analysis: Analysis | null, view: View): Line[] | null {
	if (view === 'live') return board.rows.map((row) => line(row, analysis, live(row)));
	const rows = told(analysis, view);
	if (!rows) return null;
	const ours = new Map(board.rows.map((row) => [row.contender.slug, row]));
	return rows.flatMap((at) => {
		const row = ours.get(at.slug);
		if (!row) return [];
		return line(row, analysis, {
			rank: at.rank,
			rankLow: at.rank_low ?? at.rank,
			rankHigh: at.rank_high ?? at.rank,
			tier: at.tier ?? null,
			value: at.mu ?? at.elo ?? 0,
			low: at.low,
			high: at.high,
			gained: row.rank - at.rank,
			difference: view === 'settled' ? (at.difference ?? null) : null,
		});
	});
}

export const isElo = (view: View) => view === 'cross' || view === 'style';

export interface Difference {
	compared: number;
	moved: number;
	/** Who moves most, and from where to where; null when nobody moves. */
	most: { name: string; from: number; to: number } | null;
}

/** How a view differs from the live one. */
export function differenceOf(lines: readonly Line[]): Difference {
	const moved = lines.filter((row) => row.gained);
	const most = moved.reduce<Line | null>(
		(far, row) => (far && Math.abs(far.gained ?? 0) >= Math.abs(row.gained ?? 0) ? far : row),
		null,
	);
	return {
		compared: lines.length,
		moved: moved.length,
		most: most && {
			name: most.contender.name,
			from: most.rank + (most.gained ?? 0),
			to: most.rank,
		},
	};
}

/** The lines of each group, the largest group first. */
export function grouped(lines: readonly Line[]): Line[][] {
	const groups = new Map<number, Line[]>();
	for (const row of lines) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
	return [...groups].sort(([left], [right]) => left - right).map(([, rows]) => rows);
}
