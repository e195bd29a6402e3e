/**
 * The wallets of this browser (EIP-6963, EIP-1193). What they say of themselves comes from extensions and pages' scripts, so nothing of
 * it is believed: names are cut and cleaned, icons are pictures in `data:` addresses or nothing, answers are checked for their shape.
 */
import { readable, type Readable } from 'svelte/store';

export interface Eip1193 {
	request(what: { method: string; params?: readonly unknown[] }): Promise<unknown>;
	on?(event: string, heard: (told: unknown) => void): void;
	removeListener?(event: string, heard: (told: unknown) => void): void;
}

export interface Provider {
	/** Of this visit only. */
	readonly id: string;
	/** As it calls itself; empty for one that stands in `window.ethereum` without a name. */
	readonly name: string;
	/** A `data:` address of a picture, or empty. Only ever for `<img src>`. */
	readonly icon: string;
	readonly source: Eip1193;
}

export type Trouble = 'rejected' | 'pending' | 'missing' | 'failed';

/** What went wrong with a wallet. `rejected`: the person said no; `pending`: it still waits for an answer to an earlier question. */
export class WalletError extends Error {
	constructor(
		readonly trouble: Trouble,
		readonly code: number | null = null,
		/** What the wallet gave beside its code, as it came; a revert's data, for example. */
		readonly data: unknown = undefined,
	) {
		super(`wallet: ${trouble}`);
		this.name = 'WalletError';
	}
}

const MOST = 20;
const NAME = 40;
const ICON = 100_000;
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp|svg\+xml)(?:;[\w=-]+)*,/;
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The wallets that have announced themselves, as they do; `window.ethereum` only where none has. Asks them when first subscribed to. */
export const providers = (): Readable<readonly Provider[]> =>
	readable<readonly Provider[]>([], (tell) => {
		const found = new Map<string, Provider>();
		const show = () => tell(found.size ? [...found.values()] : lastResort());
		const heard = (event: Event) => {
			const provider = read((event as CustomEvent<unknown>).detail);
			// Who came first keeps the place: another may not slip in under the same id.
			if (!provider || found.has(provider.id) || found.size >= MOST) return;
			found.set(provider.id, provider);
			show();
		};
		window.addEventListener('eip6963:announceProvider', heard);
		window.dispatchEvent(new Event('eip6963:requestProvider'));
		show();
		return () => window.removeEventListener('eip6963:announceProvider', heard);
	});

function lastResort(): readonly Provider[] {
	const source = (window as { ethereum?: unknown }).ethereum;
	return speaks(source) ? [{ id: 'ethereum', name: '', icon: '', source }] : [];
}

const speaks = (source: unknown): source is Eip1193 =>
	typeof source === 'object' &&
	source !== null &&
	typeof (source as Partial<Eip1193>).request === 'function';

/** One announcement, each part read once; null for what is none. */
function read(detail: unknown): Provider | null {
	try {
		const { info, provider } = detail as { info: Record<string, unknown>; provider: unknown };
		const { uuid, name, icon } = info;
		if (typeof uuid !== 'string' || !/^[\w-]{1,64}$/.test(uuid) || !speaks(provider)) return null;
		return Object.freeze({ id: uuid, name: cleaned(name), icon: picture(icon), source: provider });
	} catch {
		return null; // a getter that throws, a proxy that was revoked
	}
}

function cleaned(name: unknown): string {
	if (typeof name !== 'string') return '';
	return Array.from(name.slice(0, 10 * NAME).replace(HIDDEN, ''))
		.slice(0, NAME)
		.join('')
		.trim();
}

const picture = (icon: unknown): string =>
	typeof icon === 'string' && icon.length <= ICON && PICTURE.test(icon) ? icon : '';

/** Ask a wallet anything. Rejects with WalletError and nothing else. */
export async function request(
	provider: Provider | null,
	method: string,
	params: readonly unknown[] = [],
): Promise<unknown> {
	if (!provider) throw new WalletError('missing');
	try {
		return await provider.source.request({ method, params });
	} catch (error) {
		throw troubleOf(error);
	}
}

function troubleOf(error: unknown): WalletError {
	const { code, data } = (typeof error === 'object' && error !== null ? error : {}) as {
		code?: unknown;
		data?: unknown;
	};
	const number = typeof code === 'number' ? code : null;
	const trouble = number === 4001 ? 'rejected' : number === -32002 ? 'pending' : 'failed';
	return new WalletError(trouble, number, data);
}

/** The address that the person lets us know, as the wallet spells it. */
export async function connect(provider: Provider | null): Promise<string> {
	const accounts = await request(provider, 'eth_requestAccounts');
	const first: unknown = Array.isArray(accounts) ? accounts[0] : null;
	if (typeof first !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(first))
		throw new WalletError('failed');
	return first;
}

/** The wallet's signature of this text (`personal_sign`, EIP-191), in hexadecimal. */
export async function sign(
	provider: Provider | null,
	address: string,
	text: string,
): Promise<string> {
	const hex = Array.from(new TextEncoder().encode(text), (byte) =>
		byte.toString(16).padStart(2, '0'),
	).join('');
	const signature = await request(provider, 'personal_sign', [`0x${hex}`, address]);
	if (typeof signature !== 'string' || !/^0x(?:[0-9a-fA-F]{2}){1,4096}$/.test(signature))
		throw new WalletError('failed');
	return signature;
}
