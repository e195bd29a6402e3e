import { getLocale } from '$lib/paraglide/runtime';

const unitFormat = (options: Intl.NumberFormatOptions) =>
	new Intl.NumberFormat(getLocale(), { style: 'unit', maximumFractionDigits: 1, ...options });

const LENGTHS: readonly [string, number][] = [
	['day', 86_400],
	['hour', 3_600],
	['minute', 60],
	['second', 1],
];

/** A length of time in the largest unit that measures it whole: "7 days", "90 seconds". */
export function lasting(length: number): string {
	const whole = ([, each]: readonly [string, number]) => length >= each && length % each === 0;
	const [unit, size] = LENGTHS.find(whole) ?? ['second', 1];
	return unitFormat({ unit, unitDisplay: 'long' }).format(length / size);
}

export const bytes = (size: number): string =>
	size < 1000
		? unitFormat({ unit: 'byte', unitDisplay: 'long' }).format(size)
		: unitFormat({ unit: 'kilobyte' }).format(size / 1000);
