import type { BoardHistory } from '$lib/api/types';
import { dateTime, day } from '$lib/ui/format';
import type { Cell } from './csv';
import type { Series } from './plots/LinePlot.svelte';
import { eventWord } from './words';

/** The ratings of these contenders over time, in their order; those that no point has are left out. */
export function seriesOf(
	history: BoardHistory,
	slugs: readonly string[],
	name: (slug: string) => string,
): Series[] {
	const found = new Map<string, Series['points'][number][]>(slugs.map((slug) => [slug, []]));
	for (const point of history.points) {
		const at = Date.parse(point.at);
		for (const [slug, , value, low, high] of point.rows)
			found.get(slug)?.push({ at, value: Number(value), low: Number(low), high: Number(high) });
	}
	return [...found]
		.filter(([, points]) => points.length > 0)
		.map(([slug, points]) => ({ key: slug, label: name(slug), points }));
}

/** The figures behind one line of the plot: when, the rating, and the ends of its interval. */
export const rowsOf = (one: Series): Cell[][] =>
	one.points.map(({ at, value, low, high }) => [
		dateTime(new Date(at).toISOString()),
		value,
		low,
		high,
	]);

/** What happened to contenders, as marks on a plot; of one contender, or of all. */
export function marksOf(history: BoardHistory, slug?: string): { at: number; words: string }[] {
	return history.events
		.filter((event) => slug === undefined || event.slug === slug)
		.map((event) => ({
			at: Date.parse(event.at),
			words: `${day(event.at)}: ${event.name} ${eventWord(event.kind)}`,
		}));
}
