/** Scales and the placing of labels: pure, so that what is drawn can be tested without a screen. */
import {
	scaleLinear,
	scaleLog,
	scaleTime,
	type ScaleContinuousNumeric,
	type ScaleTime,
} from 'd3-scale';

export type Scale = ScaleContinuousNumeric<number, number>;

function extent(values: readonly number[]): [number, number] {
	return [Math.min(...values), Math.max(...values)];
}

/** Round ends around all values; a single value gets room on both sides. */
export function linear(values: readonly number[], range: [number, number], ticks = 5): Scale {
	const [low, high] = values.length ? extent(values) : [0, 1];
	const room = low === high ? Math.max(Math.abs(low) * 0.05, 1) : 0;
	return scaleLinear([low - room, high + room], range).nice(ticks);
}

/** For amounts that differ by factors, such as prices; all values above 0. */
export function logarithmic(values: readonly number[], range: [number, number]): Scale {
	const [low, high] = values.length ? extent(values) : [1, 10];
	return scaleLog([low / 1.25, high * 1.25], range);
}

/** Ticks at 1, 2 and 5 times the powers of ten: as many as `most`, else the powers alone. */
export function logTicks(scale: Scale, most: number): number[] {
	const [low = 1, high = 10] = scale.domain();
	const powers: number[] = [];
	for (let at = Math.floor(Math.log10(low)); 10 ** at <= high; at++) powers.push(at);
	const within = (tick: number) => tick >= low && tick <= high;
	const fine = powers.flatMap((at) => [1, 2, 5].map((times) => times * 10 ** at)).filter(within);
	return fine.length <= most ? fine : powers.map((at) => 10 ** at).filter(within);
}

const HOUR = 3_600_000;

export function times(
	values: readonly number[],
	range: [number, number],
): ScaleTime<number, number> {
	const [low, high] = values.length ? extent(values) : [0, HOUR];
	const room = low === high ? HOUR : 0;
	return scaleTime([low - room, high + room], range);
}

/** Moves places apart until neighbours are `gap` away from each other, staying between the ends where there is room. */
export function spread(
	places: readonly number[],
	gap: number,
	[low, high]: [number, number],
): number[] {
	const order = places.map((_, index) => index).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
	const moved = [...places];
	let least = low;
	for (const index of order) {
		moved[index] = Math.max(moved[index] ?? 0, least);
		least = (moved[index] ?? 0) + gap;
	}
	let most = high;
	for (const index of order.reverse()) {
		moved[index] = Math.max(low, Math.min(moved[index] ?? 0, most));
		most = (moved[index] ?? 0) - gap;
	}
	return moved;
}

export interface Spot {
	x: number;
	y: number;
	label: string;
}

export interface Label {
	x: number;
	y: number;
	anchor: 'start' | 'end' | 'middle';
}

interface Box {
	left: number;
	top: number;
	right: number;
	bottom: number;
}

const CHARACTER = 6.6;
const LINE = 14;
const AWAY = 8;

const meet = (one: Box, other: Box) =>
	one.left < other.right &&
	other.left < one.right &&
	one.top < other.bottom &&
	other.top < one.bottom;

function candidates({ x, y, label }: Spot): { at: Label; box: Box }[] {
	const width = label.length * CHARACTER;
	const box = (left: number, base: number): Box => ({
		left,
		top: base - LINE + 3,
		right: left + width,
		bottom: base + 3,
	});
	return [
		{ at: { x: x + AWAY, y: y + 4, anchor: 'start' }, box: box(x + AWAY, y + 4) },
		{ at: { x: x - AWAY, y: y + 4, anchor: 'end' }, box: box(x - AWAY - width, y + 4) },
		{ at: { x, y: y - AWAY, anchor: 'middle' }, box: box(x - width / 2, y - AWAY) },
		{ at: { x, y: y + AWAY + 9, anchor: 'middle' }, box: box(x - width / 2, y + AWAY + 9) },
	];
}

/** A free place beside each spot for its label, the first spots first; null where there is none. */
export function placeLabels(
	spots: readonly Spot[],
	width: number,
	height: number,
): (Label | null)[] {
	const taken: Box[] = spots.map(({ x, y }) => ({
		left: x - 5,
		top: y - 5,
		right: x + 5,
		bottom: y + 5,
	}));
	return spots.map((spot) => {
		const free = candidates(spot).find(
			({ box }) =>
				box.left >= 0 &&
				box.right <= width &&
				box.top >= 0 &&
				box.bottom <= height &&
				!taken.some((other) => meet(box, other)),
		);
		if (!free) return null;
		taken.push(free.box);
		return free.at;
	});
}

export interface Offer {
	slug: string;
	/** Smaller is better, as a price. */
	cost: number;
	value: number;
}

/** Those that nobody beats in both: each is the best that can be had for its cost. Cheapest first. */
export function frontier<T extends Offer>(offers: readonly T[]): T[] {
	let best = -Infinity;
	return [...offers]
		.sort((a, b) => a.cost - b.cost || b.value - a.value)
		.filter(({ value }) => {
			const better = value > best;
			if (better) best = value;
			return better;
		});
}
