import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { get } from 'svelte/store';
import {
	connect,
	providers,
	request,
	sign,
	WalletError,
	type Eip1193,
	type Provider,
} from '$lib/wallet/provider';

const ADDRESS = '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2';
const PICTURE = 'data:image/png;base64,AAAA';
let page: EventTarget & { ethereum?: unknown };

beforeEach(() => {
	page = new EventTarget();
	vi.stubGlobal('window', page);
});
afterEach(() => vi.unstubAllGlobals());

const answering = (answer: unknown): Eip1193 => ({ request: () => Promise.resolve(answer) });
const failing = (error: unknown): Eip1193 => ({ request: () => Promise.reject(error) });
const wallet = (source: Eip1193): Provider => ({ id: 'x', name: 'X', icon: '', source });

function announce(detail: unknown) {
	page.dispatchEvent(Object.assign(new Event('eip6963:announceProvider'), { detail }));
}

function installed(info: Record<string, unknown>, provider: unknown = answering(null)) {
	page.addEventListener('eip6963:requestProvider', () => announce({ info, provider }));
}

const troubleOf = async (play: Promise<unknown>) => {
	const error: unknown = await play.catch((reason: unknown) => reason);
	expect(error).toBeInstanceOf(WalletError);
	return (error as WalletError).trouble;
};

describe('finding wallets', () => {
	it('lists those that announce themselves when asked, and later ones', () => {
		installed({ uuid: '1', name: 'One', icon: PICTURE });
		const seen: string[][] = [];
		const stop = providers().subscribe((list) => seen.push(list.map((row) => row.name)));
		announce({ info: { uuid: '2', name: 'Two', icon: '' }, provider: answering(null) });
		stop();
		announce({ info: { uuid: '3', name: 'Three', icon: '' }, provider: answering(null) });
		expect(seen.at(-1)).toEqual(['One', 'Two']);
	});

	it('takes window.ethereum only where none has announced itself', () => {
		page.ethereum = answering(null);
		expect(get(providers()).map((row) => row.id)).toEqual(['ethereum']);
		installed({ uuid: '1', name: 'One', icon: '' });
		expect(get(providers()).map((row) => row.id)).toEqual(['1']);
	});

	it('has none where there is none', () => {
		expect(get(providers())).toEqual([]);
		page.ethereum = { isMetaMask: true };
		expect(get(providers())).toEqual([]);
	});

	it('lets nobody slip in under an id that is taken', () => {
		installed({ uuid: '1', name: 'One', icon: '' });
		installed({ uuid: '1', name: 'Evil', icon: '' });
		expect(get(providers()).map((row) => row.name)).toEqual(['One']);
	});

	it('lists no more than a person could look through', () => {
		page.addEventListener('eip6963:requestProvider', () => {
			for (let n = 0; n < 500; n++)
				announce({ info: { uuid: String(n), name: '', icon: '' }, provider: answering(null) });
		});
		expect(get(providers())).toHaveLength(20);
	});

	it.each([
		'https://evil.example/spy.png',
		'//evil.example/spy.png',
		'data:text/html,<script>alert(1)</script>',
		'javascript:alert(1)',
		' data:image/png;base64,AAAA',
		'data:image/png',
		`${PICTURE}${'A'.repeat(200_000)}`,
		7,
		null,
	])('shows no icon that is no small picture of its own: %.40s', (icon) => {
		installed({ uuid: '1', name: 'One', icon });
		expect(get(providers())[0]?.icon).toBe('');
	});

	it('keeps a picture', () => {
		installed({ uuid: '1', name: 'One', icon: PICTURE });
		expect(get(providers())[0]?.icon).toBe(PICTURE);
	});

	it.each([
		['Gold\u202eknil', 'Goldknil'],
		['A\u0000B\nC\u200bD', 'ABCD'],
		['x'.repeat(100_000), 'x'.repeat(40)],
		[{ toString: (): string => 'Evil' }, ''],
		[undefined, ''],
	])('cleans and cuts the name', (name, shown) => {
		installed({ uuid: '1', name, icon: '' });
		expect(get(providers())[0]?.name).toBe(shown);
	});

	it('passes over what is no announcement, and is not stopped by it', () => {
		const trap = Object.defineProperty({}, 'info', {
			get() {
				throw new Error('trap');
			},
		});
		const revoked = Proxy.revocable({}, {});
		revoked.revoke();
		page.addEventListener('eip6963:requestProvider', () => {
			for (const detail of [null, undefined, 7, 'x', {}, { info: null }, trap, revoked.proxy])
				announce(detail);
		});
		installed({ uuid: '1', name: 'No voice', icon: '' }, {});
		installed({ uuid: '<b>', name: 'Bad id', icon: '' });
		installed({ uuid: '2', name: 'Good', icon: '' });
		expect(get(providers()).map((row) => row.name)).toEqual(['Good']);
	});
});

describe('asking a wallet', () => {
	it('gives the address that the person chose', async () => {
		expect(await connect(wallet(answering([ADDRESS, '0x0'])))).toBe(ADDRESS);
	});

	it.each([[[]], [null], ['0x'], [[7]], [[`${ADDRESS}00`]], [[' ' + ADDRESS]], [{ 0: ADDRESS }]])(
		'takes nothing else for an address: %j',
		async (answer) => {
			expect(await troubleOf(connect(wallet(answering(answer))))).toBe('failed');
		},
	);

	it('asks for the signature of the very bytes of the text', async () => {
		const asked = vi.fn(() => Promise.resolve('0xab'));
		expect(await sign(wallet({ request: asked }), ADDRESS, 'Grüße\n')).toBe('0xab');
		const params = ['0x4772c3bcc39f650a', ADDRESS];
		expect(asked).toHaveBeenCalledWith({ method: 'personal_sign', params });
	});

	it.each([[null], ['0x'], ['0xabc'], ['ab'], [{}], [`0x${'ab'.repeat(5000)}`]])(
		'takes nothing else for a signature',
		async (answer) => {
			expect(await troubleOf(sign(wallet(answering(answer)), ADDRESS, 'x'))).toBe('failed');
		},
	);

	it.each([
		[{ code: 4001, message: 'User rejected the request.' }, 'rejected'],
		[{ code: -32002 }, 'pending'],
		[{ code: '4001' }, 'failed'],
		[new Error('boom'), 'failed'],
		['boom', 'failed'],
		[undefined, 'failed'],
	])('says plainly what went wrong: %j', async (error, trouble) => {
		expect(await troubleOf(request(wallet(failing(error)), 'eth_chainId'))).toBe(trouble);
	});

	it('says so where there is no wallet', async () => {
		expect(await troubleOf(connect(null))).toBe('missing');
	});

	it('keeps what the wallet gave beside its code', async () => {
		const error: unknown = await request(
			wallet(failing({ code: 3, data: '0x08c379a0' })),
			'x',
		).catch((reason: unknown) => reason);
		expect(error).toMatchObject({ code: 3, data: '0x08c379a0' });
	});
});
