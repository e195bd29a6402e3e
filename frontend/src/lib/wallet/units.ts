/**
 * Amounts of money: whole numbers of base units as BigInt from the server to the eye, so that no float ever touches one.
 * A credit and the stablecoin have 6 decimals: 1_000_000 units are one.
 */
import { getLocale } from '$lib/paraglide/runtime';
import type { Rate, Units } from './types';

export const DECIMALS = 6;
const LEAST_PLACES = 2;

function separators(): { decimal: string; group: string } {
	const parts = new Intl.NumberFormat(getLocale()).formatToParts(12_345.6);
	const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
	return { decimal: of('decimal') || '.', group: of('group') };
}

/** As "1,234.50": at least two decimals, more only where they say something, all of them if `full`. */
export function money(value: Units | bigint, full = false, decimals = DECIMALS): string {
	const units = BigInt(value);
	const size = units < 0n ? -units : units;
	const one = 10n ** BigInt(decimals);
	const digits = (size % one).toString().padStart(decimals, '0');
	const kept = full ? digits : digits.replace(/0+$/, '').padEnd(LEAST_PLACES, '0');
	const whole = new Intl.NumberFormat(getLocale()).format(size / one);
	return `${units < 0n ? '\u2212' : ''}${whole}${separators().decimal}${kept}`;
}

/** Wei as ether with five decimals, rounded down. */
export function ether(wei: string | bigint): string {
	return money(BigInt(wei) / 10n ** 13n, true, 5);
}

/** What a person typed, in units; null for anything that is not an amount with at most `decimals` places. */
export function parseMoney(text: string, decimals = DECIMALS): bigint | null {
	const { decimal, group } = separators();
	const plain = text
		.replaceAll(/\s/g, '')
		.replaceAll(group || ',', '')
		.replace(decimal, '.');
	const match = /^(\d*)(?:\.(\d*))?$/.exec(plain);
	const [, whole = '', part = ''] = match ?? [];
	if (!match || (whole === '' && part === '') || part.length > decimals) return null;
	return BigInt(whole || '0') * 10n ** BigInt(decimals) + BigInt(part.padEnd(decimals, '0') || '0');
}

/** What a person typed, in points; null for anything that is not a whole number above zero. */
export function parsePoints(text: string): number | null {
	const plain = text.replaceAll(/\s/g, '').replaceAll(separators().group || ',', '');
	if (!/^\d{1,15}$/.test(plain)) return null;
	return Number(plain) || null;
}

export const unitsOf = (points: number, unitsPerPoint: number): bigint =>
	BigInt(points) * BigInt(unitsPerPoint);

/** What redeeming pays: rounded down, as the contract does. */
export const paidFor = (credits: Units | bigint, rate: Rate): bigint =>
	(BigInt(credits) * BigInt(rate.num)) / BigInt(rate.den);

/** What is owed for credits: rounded up, as the contract does. */
export function owedFor(credits: Units | bigint, rate: Rate): bigint {
	const den = BigInt(rate.den);
	return (BigInt(credits) * BigInt(rate.num) + den - 1n) / den;
}

/** The share of a whole in thousandths, for the length of a bar. */
export function permille(part: Units | bigint, whole: Units | bigint): number {
	const all = BigInt(whole);
	return all === 0n ? 0 : Number((BigInt(part) * 1000n) / all);
}

/** An address or hash that fits a line; the whole one stands beside it for copying. */
export const short = (hex: string): string =>
	hex.length > 14 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex;

export const sameAddress = (one: string, other: string): boolean =>
	one.toLowerCase() === other.toLowerCase();
