import type { Network } from './types';
import { forgetSent, keepSent, type KeptSent } from './kept';
import type { Eip1193 } from './provider';
import { trouble, troubleOf, type Trouble } from './trouble';
import { sameAddress } from './units';

/** What a transaction is doing, from the press of the button to its block. */
export type Phase =
	'idle' | 'connecting' | 'network' | 'asking' | 'sent' | 'slow' | 'gone' | 'done' | 'failed';

export interface Order {
	kind: KeptSent['kind'];
	from: string;
	to: string;
	/** Asked for at once, but after the page shows that something has begun: what was done before is then shown no more. */
	data: () => Promise<string>;
	chain: Network;
	/** Where a wallet that does not know the chain may reach it; empty where the arena does not say. */
	rpc: string;
}

interface Mined {
	status: string;
	blockNumber: string;
}

const POLL_MS = 1_000;
const SLOW_MS = 60_000;
const hex = (value: number) => `0x${value.toString(16)}`;
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** One transaction of a person's own wallet. It goes through the wallet alone: this page talks to no node. */
export class Sending {
	phase: Phase = $state('idle');
	hash = $state('');
	at = $state(0);
	block = $state(0);
	trouble: Trouble | null = $state.raw(null);
	private left = false;

	get running(): boolean {
		return ['connecting', 'network', 'asking', 'sent', 'slow'].includes(this.phase);
	}

	/** Ends the following; what was sent goes on by itself. */
	leave(): void {
		this.left = true;
	}

	/** From the right account on the right network: tries the call, sends it, and follows it to its block. True once it is there. */
	async send(provider: Eip1193, order: Order): Promise<boolean> {
		if (this.running) return false;
		this.trouble = null;
		this.hash = '';
		try {
			this.phase = 'connecting';
			const data = await order.data();
			await this.account(provider, order.from);
			this.phase = 'network';
			await this.network(provider, order);
			this.phase = 'asking';
			const call = { from: order.from, to: order.to, data };
			// What would be refused is found out before anybody is asked: by the block that would come next, which a call may not know.
			await provider.request({ method: 'eth_estimateGas', params: [call] });
			this.hash = String(await provider.request({ method: 'eth_sendTransaction', params: [call] }));
		} catch (error) {
			await this.fail(error);
			return false;
		}
		const { kind, from, chain } = order;
		const sent = { kind, hash: this.hash, account: from, chain: chain.id, at: Date.now() };
		keepSent(sent);
		return this.follow(provider, sent);
	}

	/** Follows what was sent, now or before the page was opened. */
	async follow(provider: Eip1193, sent: KeptSent): Promise<boolean> {
		this.hash = sent.hash;
		this.at = sent.at;
		this.phase = 'sent';
		while (!this.left) {
			const mined = await receipt(provider, sent.hash);
			if (mined) return this.end(mined);
			if (Date.now() - sent.at > SLOW_MS) {
				const known = await ask(provider, 'eth_getTransactionByHash', [sent.hash]);
				this.phase = known === null ? 'gone' : 'slow';
				if (this.phase === 'gone') {
					forgetSent();
					return false;
				}
			}
			await pause(POLL_MS);
		}
		return false;
	}

	private end(mined: Mined): boolean {
		forgetSent();
		this.block = Number(mined.blockNumber);
		const succeeded = BigInt(mined.status) === 1n;
		this.phase = succeeded ? 'done' : 'failed';
		if (!succeeded) this.trouble = trouble('reverted');
		return succeeded;
	}

	private async fail(error: unknown): Promise<void> {
		const { refusalOf } = await import('./contract');
		this.trouble = isTrouble(error) ? error : troubleOf(error, refusalOf);
		this.phase = 'failed';
	}

	private async account(provider: Eip1193, wanted: string): Promise<void> {
		const accounts = await provider.request({ method: 'eth_requestAccounts' });
		const list = Array.isArray(accounts) ? accounts.map(String) : [];
		if (!list.some((one) => sameAddress(one, wanted))) throw trouble('wrong_account');
	}

	private async network(provider: Eip1193, { chain, rpc }: Order): Promise<void> {
		const now = async () => Number(await provider.request({ method: 'eth_chainId' }));
		if ((await now()) === chain.id) return;
		try {
			await switchTo(provider, chain, rpc);
		} catch {
			throw trouble('wrong_network');
		}
		if ((await now()) !== chain.id) throw trouble('wrong_network');
	}
}

const isTrouble = (error: unknown): error is Trouble =>
	typeof error === 'object' && error !== null && 'refusal' in error;

async function switchTo(provider: Eip1193, chain: Network, rpc: string): Promise<void> {
	const chainId = hex(chain.id);
	try {
		await provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId }] });
	} catch (error) {
		if (troubleOf(error, () => null).code !== 'unknown_chain' || !rpc) throw error;
		await provider.request({
			method: 'wallet_addEthereumChain',
			params: [
				{
					chainId,
					chainName: chain.name,
					nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
					rpcUrls: [rpc],
					...(chain.explorer && { blockExplorerUrls: [chain.explorer] }),
				},
			],
		});
		// Some wallets add a chain without going there.
		await provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId }] });
	}
}

/** A question that may fail for a while, as when the wallet's own connection is down. */
async function ask(provider: Eip1193, method: string, params: unknown[]): Promise<unknown> {
	try {
		return await provider.request({ method, params });
	} catch {
		return undefined;
	}
}

async function receipt(provider: Eip1193, hash: string): Promise<Mined | null> {
	const found = await ask(provider, 'eth_getTransactionReceipt', [hash]);
	return found ? (found as Mined) : null;
}
