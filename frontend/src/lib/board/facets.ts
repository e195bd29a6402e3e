/** The boards that there are, as a sentence of choices: "English / coding / last 90 days". */
import type { BoardFilter, BoardSummary } from '$lib/api/types';

export const FACETS = ['language', 'category', 'pool', 'time', 'counted'] as const;
export type Facet = (typeof FACETS)[number];

const some = (names: readonly string[]) => [...names].sort().join(',');

/** One comparable key for each facet of a filter; '' takes everything. */
export function keysOf(filter: BoardFilter): Record<Facet, string> {
	const { window_days: days, since, until } = filter;
	const plain = filter.ties === 'draw' && filter.both_bad === 'draw';
	return {
		language: some(filter.languages),
		category: some(filter.categories),
		pool: some(filter.pools),
		time: days ? `${days}d` : since || until ? `${since ?? ''}/${until ?? ''}` : '',
		counted: plain ? '' : `${filter.ties}/${filter.both_bad}`,
	};
}

export interface Choice {
	key: string;
	filter: BoardFilter;
}

/** The choices that each facet has among the boards; a facet with one choice is none. */
export function choices(boards: readonly BoardSummary[]): { facet: Facet; choices: Choice[] }[] {
	return FACETS.map((facet) => {
		const found = new Map<string, BoardFilter>();
		for (const { filter } of boards) {
			const key = keysOf(filter)[facet];
			if (!found.has(key)) found.set(key, filter);
		}
		return { facet, choices: [...found].map(([key, filter]) => ({ key, filter })) };
	}).filter(({ choices }) => choices.length > 1);
}

/**
 * The board with this choice that keeps most of the others; the first listed among equals. What was chosen weighs more
 * than what was left at everything.
 */
export function nearest(
	boards: readonly BoardSummary[],
	now: BoardSummary,
	facet: Facet,
	key: string,
): BoardSummary {
	const wanted = { ...keysOf(now.filter), [facet]: key };
	const kept = (board: BoardSummary) => {
		const keys = keysOf(board.filter);
		const weight = (name: Facet) => (keys[name] !== wanted[name] ? 0 : wanted[name] ? 2 : 1);
		return FACETS.reduce<number>((sum, name) => sum + weight(name), 0);
	};
	const among = boards.filter((board) => keysOf(board.filter)[facet] === key);
	return among.reduce((best, board) => (kept(board) > kept(best) ? board : best), among[0] ?? now);
}

/** Boards that the sentence cannot tell apart, the given one among them. */
export function alike(boards: readonly BoardSummary[], now: BoardSummary): BoardSummary[] {
	const sentence = (board: BoardSummary) => JSON.stringify(keysOf(board.filter));
	return boards.filter((board) => sentence(board) === sentence(now));
}
