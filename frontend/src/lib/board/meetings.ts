/** Head-to-head counts, read from the analysis' matrices. */
import type { Analysis } from '$lib/api/types';

export interface Meeting {
	slug: string;
	won: number;
	lost: number;
	ties: number;
	bothBad: number;
	total: number;
	/** Of the decided ones; null without any. */
	share: number | null;
}

type Counts = NonNullable<Analysis['head_to_head']>;

function meeting(counts: Counts, slug: string, row: number, column: number): Meeting {
	const won = counts.wins[row]?.[column] ?? 0;
	const lost = counts.wins[column]?.[row] ?? 0;
	const ties = counts.ties[row]?.[column] ?? 0;
	const bothBad = counts.both_bad[row]?.[column] ?? 0;
	const share = won + lost === 0 ? null : won / (won + lost);
	return { slug, won, lost, ties, bothBad, total: won + lost + ties + bothBad, share };
}

/** One contender against each that it met, most battles first. */
export function meetingsOf(analysis: Analysis, slug: string): Meeting[] {
	const row = analysis.contenders.indexOf(slug);
	const counts = analysis.head_to_head;
	if (row < 0 || !counts) return [];
	return analysis.contenders
		.map((other, column) => meeting(counts, other, row, column))
		.filter(({ total, slug: other }) => total > 0 && other !== slug)
		.sort((left, right) => right.total - left.total);
}

/** The square of these contenders; null on the diagonal. */
export function matrixOf(analysis: Analysis, slugs: readonly string[]): (Meeting | null)[][] {
	const index = new Map(analysis.contenders.map((slug, place) => [slug, place]));
	const place = (slug: string) => index.get(slug) ?? -1;
	const counts = analysis.head_to_head ?? { wins: [], ties: [], both_bad: [] };
	return slugs.map((row) =>
		slugs.map((column) =>
			row === column ? null : meeting(counts, column, place(row), place(column)),
		),
	);
}

export const MOST_SHOWN = 40;

/** Whom the matrix shows: the first by rank, the last of them giving way to those that were asked for. */
export function selection(ranked: readonly string[], wanted: readonly string[]): string[] {
	const asked = wanted.filter((slug) => ranked.includes(slug));
	const rest = ranked.filter((slug) => !asked.includes(slug));
	const chosen = new Set([...rest.slice(0, Math.max(0, MOST_SHOWN - asked.length)), ...asked]);
	return ranked.filter((slug) => chosen.has(slug));
}

/** -3 to 3: how far a share is from even, and 0 for as good as even. */
export function levelOf(share: number | null): number {
	if (share === null) return 0;
	const away = Math.abs(share - 0.5);
	const level = away < 0.05 ? 0 : away < 0.15 ? 1 : away < 0.3 ? 2 : 3;
	return Math.sign(share - 0.5) * level;
}
