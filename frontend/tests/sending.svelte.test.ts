import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keptSent } from '../src/lib/wallet/kept';
import type { Eip1193 } from '../src/lib/wallet/provider';
import { Sending, type Order } from '../src/lib/wallet/sending.svelte';
import { ADA, config, CREDITS, hash } from './money';

type Answer = (params: readonly unknown[]) => unknown;
const HASH = hash('4');
const MINED = { status: '0x1', blockNumber: '0x1b4' };

/** A wallet that answers as told, and remembers what it was asked. */
function wallet(answers: Record<string, Answer>) {
	const asked: [string, readonly unknown[]][] = [];
	const usual: Record<string, Answer> = {
		eth_requestAccounts: () => [ADA.toLowerCase()],
		eth_chainId: () => '0x7a69',
		eth_estimateGas: () => '0x',
		eth_sendTransaction: () => HASH,
		eth_getTransactionReceipt: () => MINED,
		...answers,
	};
	const provider: Eip1193 = {
		request: ({ method, params = [] }) => {
			asked.push([method, params]);
			return new Promise((done) => done(usual[method]?.(params)));
		},
	};
	return { provider, asked, methods: () => asked.map(([method]) => method) };
}

const order = (changes: Partial<Order> = {}): Order => ({
	kind: 'claim',
	from: ADA,
	to: CREDITS,
	data: () => Promise.resolve('0x1234'),
	chain: config().chain,
	rpc: 'http://127.0.0.1:8545',
	...changes,
});
const refuse = (code: number, more: object = {}): Answer => {
	return () => {
		throw Object.assign(new Error('no'), { code, ...more });
	};
};

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
	vi.useRealTimers();
	localStorage.clear();
});

describe('a transaction', () => {
	it('is tried, sent from the linked account, and followed to its block', async () => {
		const { provider, asked } = wallet({});
		const sending = new Sending();
		expect(await sending.send(provider, order())).toBe(true);
		expect([sending.phase, sending.hash, sending.block]).toEqual(['done', HASH, 436]);
		expect(asked.find(([method]) => method === 'eth_sendTransaction')?.[1]).toEqual([
			{ from: ADA, to: CREDITS, data: '0x1234' },
		]);
	});

	it('is settled before the wallet is asked anything, and shown to have begun before that', async () => {
		const { provider, methods } = wallet({});
		const sending = new Sending();
		sending.phase = 'done'; // one that went before
		const data = vi.fn(() => {
			expect([sending.phase, methods()]).toEqual(['connecting', []]);
			return Promise.resolve('0x1234');
		});
		await sending.send(provider, order({ data }));
		expect(data).toHaveBeenCalledOnce();
	});

	it('is never sent when the call would be refused, and says why', async () => {
		const nothing = `0x${'0'.repeat(0)}`;
		const { provider, methods } = wallet({ eth_estimateGas: refuse(3, { data: nothing }) });
		const sending = new Sending();
		expect(await sending.send(provider, order())).toBe(false);
		expect(sending.phase).toBe('failed');
		expect(methods()).not.toContain('eth_sendTransaction');
	});

	it('that the person declines is over, with nothing kept', async () => {
		const { provider } = wallet({ eth_sendTransaction: refuse(4001) });
		const sending = new Sending();
		await sending.send(provider, order());
		expect([sending.phase, sending.trouble?.code]).toEqual(['failed', 'rejected']);
		expect(keptSent(ADA, 31337)).toBeNull();
	});

	it('is not sent from another account than the linked one', async () => {
		const { provider, methods } = wallet({ eth_requestAccounts: () => [CREDITS] });
		const sending = new Sending();
		await sending.send(provider, order());
		expect(sending.trouble?.code).toBe('wrong_account');
		expect(methods()).toEqual(['eth_requestAccounts']);
	});

	it('takes the wallet to the right network first, adding it where it is not known', async () => {
		let at = '0x1';
		let known = false;
		const { provider, methods } = wallet({
			eth_chainId: () => at,
			wallet_switchEthereumChain: (params) => {
				if (!known) refuse(-32603, { data: { originalError: { code: 4902 } } })(params);
				at = '0x7a69';
				return null;
			},
			wallet_addEthereumChain: () => {
				known = true;
				return null;
			},
		});
		const sending = new Sending();
		expect(await sending.send(provider, order())).toBe(true);
		expect(methods().slice(1, 6)).toEqual([
			'eth_chainId',
			'wallet_switchEthereumChain',
			'wallet_addEthereumChain',
			'wallet_switchEthereumChain',
			'eth_chainId',
		]);
	});

	it('stays unsent while the wallet stays on another network', async () => {
		const { provider, methods } = wallet({
			eth_chainId: () => '0x1',
			wallet_switchEthereumChain: refuse(4001),
		});
		const sending = new Sending();
		await sending.send(provider, order());
		expect(sending.trouble?.code).toBe('wrong_network');
		expect(methods()).not.toContain('eth_sendTransaction');
	});

	it('is kept while it waits, told to be slow, and found again by another visit', async () => {
		let mined: unknown = null;
		const { provider } = wallet({
			eth_getTransactionReceipt: () => mined,
			eth_getTransactionByHash: () => ({}),
		});
		const first = new Sending();
		void first.send(provider, order());
		await vi.advanceTimersByTimeAsync(5_000);
		expect(first.phase).toBe('sent');
		await vi.advanceTimersByTimeAsync(60_000);
		expect(first.phase).toBe('slow');
		first.leave();
		await vi.advanceTimersByTimeAsync(2_000);
		const kept = keptSent(ADA.toLowerCase(), 31337);
		expect(kept?.hash).toBe(HASH);
		expect(keptSent(ADA, 1)).toBeNull();

		mined = MINED;
		const second = new Sending();
		expect(kept && (await second.follow(provider, kept))).toBe(true);
		expect(keptSent(ADA, 31337)).toBeNull();
	});

	it('that the chain no longer knows is told to be gone', async () => {
		const { provider } = wallet({
			eth_getTransactionReceipt: () => null,
			eth_getTransactionByHash: () => null,
		});
		const sending = new Sending();
		void sending.send(provider, order());
		await vi.advanceTimersByTimeAsync(65_000);
		expect(sending.phase).toBe('gone');
		expect(sending.running).toBe(false);
	});

	it('that a block holds as failed moved nothing', async () => {
		const failed = { ...MINED, status: '0x0' };
		const { provider } = wallet({ eth_getTransactionReceipt: () => failed });
		const sending = new Sending();
		expect(await sending.send(provider, order())).toBe(false);
		expect([sending.phase, sending.trouble?.code]).toEqual(['failed', 'reverted']);
	});

	it('is not sent twice by a second press', async () => {
		const { provider, methods } = wallet({});
		const sending = new Sending();
		const both = [sending.send(provider, order()), sending.send(provider, order())];
		expect(await Promise.all(both)).toEqual([true, false]);
		expect(methods().filter((method) => method === 'eth_sendTransaction')).toHaveLength(1);
	});
});
