import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import Convert from '../src/lib/wallet/Convert.svelte';
import { config, own } from './money';

type Reply = { status: number; code?: string } | 'lost';
const fetchMock = vi.fn<typeof fetch>();
let replies: Reply[] = [];
let shown: Record<string, unknown> | null = null;

const at = (testid: string) => document.querySelector<HTMLElement>(`[data-testid="${testid}"]`);
const made = { points: 0, units: '0' };
const problem = (code: string, status: number) => ({
	type: `/problems/${code}`,
	title: 'T',
	status,
	detail: 'Refused.',
});
/** The keys under which conversions were asked for. */
const keys = () =>
	fetchMock.mock.calls
		.filter(([path]) => path === '/api/v1/me/conversions')
		.map(([, init]) => new Headers(init?.headers).get('Idempotency-Key'));

function type(points: string) {
	const field = at('convert-points') as HTMLInputElement;
	field.value = points;
	field.dispatchEvent(new Event('input', { bubbles: true }));
	flushSync();
}

/** Asks for a conversion, says yes, and waits until it is over. */
async function convert() {
	const before = keys().length;
	document.querySelector('form')?.requestSubmit();
	flushSync();
	at('convert-yes')?.click();
	await vi.waitFor(() => expect(keys()).toHaveLength(before + 1));
	await vi.waitFor(() => expect(at('convert-yes')).toBeNull());
	await new Promise((done) => setTimeout(done));
	flushSync();
}

beforeEach(() => {
	document.cookie = 'csrftoken=t';
	vi.stubGlobal('fetch', fetchMock);
	fetchMock.mockImplementation((path) => {
		const reply = path === '/api/v1/me/conversions' ? replies.shift() : { status: 200 };
		if (!reply || reply === 'lost') return Promise.reject(new TypeError('no connection'));
		const body = reply.code ? problem(reply.code, reply.status) : { ...made, points: {} };
		return Promise.resolve(new Response(JSON.stringify(body), { status: reply.status }));
	});
	const props = { config: config(), own: own(), onchange: () => Promise.resolve() };
	shown = mount(Convert, { target: document.body, props });
	flushSync();
});

afterEach(() => {
	if (shown) void unmount(shown);
	fetchMock.mockReset();
	vi.unstubAllGlobals();
});

describe('a conversion', () => {
	it('whose reply was lost is asked for again under the same key', async () => {
		replies = ['lost', { status: 502, code: 'unreadable' }, { status: 201 }, { status: 201 }];
		type('500');
		for (let press = 0; press < 3; press++) await convert();
		expect(new Set(keys()).size).toBe(1);
		type('500');
		await convert();
		expect(new Set(keys()).size).toBe(2);
	});

	it('of other points, and one after a refusal, has a key of its own', async () => {
		replies = ['lost', { status: 409, code: 'conflict' }, { status: 201 }];
		type('500');
		await convert();
		type('600');
		await convert();
		await convert();
		expect(new Set(keys()).size).toBe(3);
	});
});
