import type { Side } from '$lib/api/types';

type Places = readonly (readonly Side[])[];

/** An order being made: places from the best to the worst, tied sides in one place; and what it was before each step. */
export interface Ranking {
	places: Places;
	past: readonly Places[];
}

export const notRanked: Ranking = { places: [], past: [] };

const same = (one: Places, other: Places) => JSON.stringify(one) === JSON.stringify(other);

/** One step that can be undone; a change that changes nothing is none. */
function step(ranking: Ranking, places: Places): Ranking {
	const tidy = places.filter((place) => place.length > 0).map((place) => [...place].sort());
	if (same(tidy, ranking.places)) return ranking;
	return { places: tidy, past: [...ranking.past, ranking.places] };
}

export const placeOf = ({ places }: Ranking, side: Side) =>
	places.findIndex((place) => place.includes(side));

const without = (places: Places, side: Side) =>
	places.map((place) => place.filter((other) => other !== side));

function inserted(places: Places, at: number, side: Side): Places {
	return [...places.slice(0, at), [side], ...places.slice(at)];
}

function joined(places: Places, at: number, side: Side): Places {
	return places.map((place, index) => (index === at ? [...place, side] : place));
}

/** Puts a side that has no place behind all that have one, or level with the last of them. */
export function append(ranking: Ranking, side: Side, level = false): Ranking {
	if (placeOf(ranking, side) >= 0) return ranking;
	const { places } = ranking;
	return level && places.length > 0
		? step(ranking, joined(places, places.length - 1, side))
		: step(ranking, [...places, [side]]);
}

/** One place towards the best (-1) or the worst (1); a side that is level with others first leaves them. */
export function move(ranking: Ranking, side: Side, by: -1 | 1): Ranking {
	const at = placeOf(ranking, side);
	const place = ranking.places[at];
	if (!place) return ranking;
	const left = without(ranking.places, side);
	if (place.length > 1) return step(ranking, inserted(left, by < 0 ? at : at + 1, side));
	const others = left.filter((other) => other.length > 0);
	return step(ranking, inserted(others, Math.max(0, at + by), side));
}

/** Level with the place before its own; or, when it is level with others, behind them on its own. */
export function toggleLevel(ranking: Ranking, side: Side): Ranking {
	const at = placeOf(ranking, side);
	const place = ranking.places[at];
	if (!place) return ranking;
	const left = without(ranking.places, side);
	if (place.length > 1) return step(ranking, inserted(left, at + 1, side));
	return at === 0 ? ranking : step(ranking, joined(left, at - 1, side));
}

/** Where something was let go: in the place of another side or before it, behind all, or outside. */
export type Target = { on: Side } | { before: Side } | 'end' | 'out';

export function put(ranking: Ranking, side: Side, target: Target): Ranking {
	const left = without(ranking.places, side);
	if (target === 'out') return step(ranking, left);
	if (target === 'end') return step(ranking, [...left, [side]]);
	const to = 'on' in target ? target.on : target.before;
	const at = left.findIndex((place) => place.includes(to));
	if (to === side || at < 0) return ranking;
	return step(ranking, 'on' in target ? joined(left, at, side) : inserted(left, at, side));
}

export function undo(ranking: Ranking): Ranking {
	const before = ranking.past.at(-1);
	return before ? { places: before, past: ranking.past.slice(0, -1) } : ranking;
}

/** The sides that have no place yet. */
export const waiting = (ranking: Ranking, sides: readonly Side[]) =>
	sides.filter((side) => placeOf(ranking, side) < 0);

/** What the vote says: the place of each side, 0 the best. */
export function ranksOf(ranking: Ranking): Partial<Record<Side, number>> {
	const entries = ranking.places.flatMap((place, rank) =>
		place.map((side) => [side, rank] as const),
	);
	return Object.fromEntries(entries);
}

export interface Spot {
	side: Side;
	left: number;
	width: number;
}

/**
 * What a drag that ends at `x` means: the middle of a placed side is a tie with it, its outer edges are before and behind its place.
 * `spots` are the placed sides but the dragged one, as they come from the best to the worst; `rtl` when that is leftwards.
 */
export function targetAt(x: number, spots: readonly Spot[], ranking: Ranking, rtl = false): Target {
	const together = (one?: Spot, other?: Spot) =>
		one && other && placeOf(ranking, one.side) === placeOf(ranking, other.side);
	for (const [index, spot] of spots.entries()) {
		const share = (rtl ? spot.left + spot.width - x : x - spot.left) / spot.width;
		const next = spots[index + 1];
		if (share > 1) continue;
		if (share < 0.25 && !together(spots[index - 1], spot)) return { before: spot.side };
		if (share > 0.75 && !together(spot, next)) return next ? { before: next.side } : 'end';
		return { on: spot.side };
	}
	return 'end';
}

export type RankKey =
	{ type: 'side'; side: Side; level: boolean } | { type: 'level' } | { type: 'undo' };

/** What a key means while an order is made: a side's letter or number, with Shift level with the one before. */
export function rankKey(
	press: Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey'>,
	sides: readonly Side[],
): RankKey | null {
	if (press.key === '=') return { type: 'level' };
	if (press.key === 'Backspace') return { type: 'undo' };
	// With Shift a digit's key says another sign, so its place on the keyboard counts.
	const number = /^(?:Digit|Numpad)(\d)$/.exec(press.code)?.[1];
	const letter = press.key.toLowerCase();
	const side = number ? sides[Number(number) - 1] : sides.find((other) => other === letter);
	return side ? { type: 'side', side, level: press.shiftKey } : null;
}
