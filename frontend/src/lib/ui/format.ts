import { getLocale } from '$lib/paraglide/runtime';

function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
	return new Intl.NumberFormat(getLocale(), options);
}

const whole0 = numberFormat({ maximumFractionDigits: 0 });
const one = numberFormat({ minimumFractionDigits: 1, maximumFractionDigits: 1 });
const two = numberFormat({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
const signed1 = numberFormat({
	signDisplay: 'exceptZero',
	minimumFractionDigits: 1,
	maximumFractionDigits: 1,
});
const signed0 = numberFormat({ signDisplay: 'exceptZero', maximumFractionDigits: 0 });
const percent1At = numberFormat({
	style: 'percent',
	minimumFractionDigits: 1,
	maximumFractionDigits: 1,
});
const signed2 = numberFormat({
	signDisplay: 'exceptZero',
	minimumFractionDigits: 2,
	maximumFractionDigits: 2,
});
const most2 = numberFormat({ maximumFractionDigits: 2 });
const percent0 = numberFormat({ style: 'percent', maximumFractionDigits: 0 });

export const whole = (value: number) => whole0.format(value);
export const rating = (value: number | string) => one.format(Number(value));
export const signed = (value: number) => signed0.format(value).replace('-', '\u2212');
export const change = (value: number) => signed1.format(value).replace('-', '\u2212');
export const percent = (share: number) => percent0.format(share);
export const percent1 = (share: number) => percent1At.format(share);
export const hundredths = (value: number) => signed2.format(value).replace('-', '\u2212');
/** A number in a plain table, with as many places as it needs and two at most. */
export const figure = (value: number) => most2.format(value).replace('-', '\u2212');

/** Prices come as decimal strings and may be far below a cent: keep two figures that mean something. */
export function dollars(value: string): string {
	const amount = Number(value);
	if (amount === 0) return '$0';
	if (amount >= 0.1) return `$${two.format(amount)}`;
	return `$${numberFormat({ maximumSignificantDigits: 2 }).format(amount)}`;
}

export function seconds(ms: number): string {
	return ms < 1000 ? `${whole(ms)}\u00a0ms` : `${one.format(ms / 1000)}\u00a0s`;
}

export function dateTime(iso: string): string {
	return new Intl.DateTimeFormat(getLocale(), {
		day: 'numeric',
		month: 'short',
		year: 'numeric',
		hour: '2-digit',
		minute: '2-digit',
		hourCycle: 'h23',
	}).format(new Date(iso));
}

export function day(iso: string): string {
	return new Intl.DateTimeFormat(getLocale(), {
		day: 'numeric',
		month: 'short',
		year: 'numeric',
	}).format(new Date(iso));
}

export function time(iso: string): string {
	return new Intl.DateTimeFormat(getLocale(), {
		hour: '2-digit',
		minute: '2-digit',
		hourCycle: 'h23',
	}).format(new Date(iso));
}

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
	['day', 86_400],
	['hour', 3_600],
	['minute', 60],
	['second', 1],
];

/** "3 seconds ago", "in 20 hours". A server clock a little ahead of ours must not show the future. */
export function relative(iso: string, now: number): string {
	const away = Math.round((Date.parse(iso) - now) / 1000);
	const format = new Intl.RelativeTimeFormat(getLocale(), { numeric: 'auto' });
	const [unit, size] = UNITS.find(([, length]) => Math.abs(away) >= length) ?? ['second', 1];
	return format.format(Math.trunc(away / size), unit);
}

export function ago(iso: string, now: number): string {
	return relative(new Date(Math.min(Date.parse(iso), now)).toISOString(), now);
}
