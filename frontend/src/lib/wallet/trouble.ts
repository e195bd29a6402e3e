import { m } from '$lib/paraglide/messages.js';
import { whole } from '$lib/ui/format';
import { revertWords } from './errors';
import type { Refusal } from './contract';

/** Why a request to a wallet came to nothing, as told from its error (EIP-1193, EIP-1474 and what wallets make of them). */
export type TroubleCode =
	| 'rejected'
	| 'busy'
	| 'unauthorised'
	| 'unknown_chain'
	| 'disconnected'
	| 'no_gas'
	| 'reverted'
	| 'wrong_account'
	| 'wrong_network'
	| 'other';

export interface Trouble {
	code: TroubleCode;
	/** The contract's custom error, if it was one. */
	refusal: Refusal | null;
	/** The wallet's own words, shown only when we have none. */
	words: string;
}

const CODES: Record<number, TroubleCode> = {
	4001: 'rejected',
	4100: 'unauthorised',
	4900: 'disconnected',
	4901: 'disconnected',
	4902: 'unknown_chain',
	[-32002]: 'busy',
};
const DEEPEST = 5;

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null;

/** The error itself and those that wallets wrap it in, outermost first. */
function layers(error: unknown): Record<string, unknown>[] {
	const found: Record<string, unknown>[] = [];
	let next: unknown[] = [error];
	for (let depth = 0; depth < DEEPEST; depth++) {
		const objects = next.filter(isObject);
		found.push(...objects);
		next = objects.flatMap((one) => [
			one['data'],
			one['originalError'],
			one['cause'],
			one['error'],
		]);
	}
	return found;
}

/** The bytes that a call was refused with, wherever the wallet put them. */
export function revertData(error: unknown): string | null {
	for (const layer of layers(error)) {
		const data = layer['data'];
		if (typeof data === 'string' && /^0x([0-9a-f]{2}){4,}$/i.test(data)) return data;
	}
	return null;
}

export function troubleOf(error: unknown, refusalOf: (data: string) => Refusal | null): Trouble {
	const all = layers(error);
	const data = revertData(error);
	const refusal = data ? refusalOf(data) : null;
	const words = all.map((one) => one['message']).filter((text) => typeof text === 'string');
	const told = words[0] ?? '';
	const known = all.map((one) => CODES[Number(one['code'])]).find((code) => code);
	let code: TroubleCode = known ?? 'other';
	// An unknown network comes inside an internal error from some wallets, so the innermost code decides above.
	if (refusal) code = 'reverted';
	else if (!known && words.some((text) => /insufficient funds/i.test(text))) code = 'no_gas';
	else if (!known && words.some((text) => /revert/i.test(text))) code = 'reverted';
	return { code, refusal, words: told };
}

export const trouble = (code: TroubleCode): Trouble => ({ code, refusal: null, words: '' });

const WORDS: Partial<Record<TroubleCode, () => string>> = {
	rejected: m.trouble_rejected,
	busy: m.trouble_busy,
	unauthorised: m.trouble_unauthorised,
	disconnected: m.trouble_disconnected,
	no_gas: m.trouble_no_gas,
	wrong_account: m.trouble_wrong_account,
};

export function troubleWords({ code, refusal, words }: Trouble): string {
	if (refusal) return revertWords(refusal.name, refusal.args);
	const known = WORDS[code]?.();
	if (known) return known;
	if (code === 'reverted') return m.trouble_reverted();
	return words ? m.trouble_other({ words }) : m.trouble_silent();
}

/** For how long a transaction has been under way, in words. */
export const waited = (seconds: number): string =>
	seconds < 60
		? m.waited_seconds({ seconds: whole(seconds) })
		: m.waited_minutes({ minutes: whole(Math.floor(seconds / 60)) });
