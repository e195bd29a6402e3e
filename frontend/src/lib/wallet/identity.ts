/** Who somebody is, told by their wallet: linking it, and signing in with it. */
import { change, post, ROOT } from '$lib/api/client';
import type { LinkedWallet, Me, WalletText } from '$lib/api/types';
import { m } from '$lib/paraglide/messages.js';
import { connect, sign, type Provider, type Trouble, type WalletError } from './provider';

/** What the server is sent: which text was signed, and how. May be sent again, with a proof of who it is. */
export interface Signed {
	nonce: string;
	signature: string;
}

async function signed(provider: Provider, path: string): Promise<Signed> {
	const address = await connect(provider);
	const asked = await post<WalletText>(`${ROOT}/${path}`, { address });
	return { nonce: asked.nonce, signature: await sign(provider, address, asked.text) };
}

export const signToLink = (provider: Provider) => signed(provider, 'me/wallet/challenge');
export const link = (sent: Signed) => post<LinkedWallet>(`${ROOT}/me/wallet`, sent);
export const unlink = async () => void (await change('DELETE', `${ROOT}/me/wallet`));

/** Signs in, or makes an account; to whoever is signed in it is a proof that it is them. */
export const signIn = async (provider: Provider) =>
	post<Me>(`${ROOT}/wallet/sign-in`, await signed(provider, 'wallet/challenge'));

const WORDS: Record<Trouble, () => string> = {
	rejected: m.wallet_said_no,
	pending: m.wallet_still_asks,
	missing: m.wallet_none_here,
	failed: m.wallet_failed,
};

export const walletWords = ({ trouble }: WalletError): string => WORDS[trouble]();

/** The beginning and the end of an address, which is how people compare them. */
export const shortAddress = (address: string): string =>
	`${address.slice(0, 6)}…${address.slice(-4)}`;
