import { mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { goto } from '$app/navigation';
import type { Me } from '../src/lib/api/types';
import { account } from '../src/lib/ui/account.svelte';
import { keptInvitation } from '../src/lib/vendor/invited';
import Vendor from '../src/routes/vendor/+page.svelte';
import { visit } from './app/state';
import { settled } from './scripted';

const fetchMock = vi.fn<typeof fetch>();
let replies: Record<string, { body: unknown; status?: number }> = {};
let shown: object | null = null;

const at = (testid: string) => document.querySelector<HTMLElement>(`[data-testid="${testid}"]`);
const somebody = (is_guest: boolean): Me =>
	({ user: { is_guest }, consent: null, points: { pending: 0, available: 0 } }) as Me;

async function come(hash: string, guest: boolean): Promise<void> {
	if (shown) void unmount(shown as never);
	location.hash = hash;
	account.me = somebody(guest);
	shown = mount(Vendor, { target: document.body });
	await settled();
}

beforeEach(() => {
	replies = { 'GET /api/v1/organisations': { body: { results: [] } } };
	document.cookie = 'csrftoken=t';
	visit('/vendor');
	vi.stubGlobal('fetch', fetchMock);
	fetchMock.mockImplementation((path, init) => {
		const reply = replies[`${init?.method ?? 'GET'} ${String(path)}`];
		if (!reply) return Promise.reject(new TypeError('no connection'));
		return Promise.resolve(
			new Response(JSON.stringify(reply.body), { status: reply.status ?? 200 }),
		);
	});
});

afterEach(() => {
	if (shown) void unmount(shown as never);
	shown = null;
	sessionStorage.clear();
	fetchMock.mockReset();
	vi.mocked(goto).mockClear();
	vi.unstubAllGlobals();
});

describe('an invitation into an organisation', () => {
	it('is told to a visitor, and outlasts their signing in, until it is accepted', async () => {
		await come('#join=abc234', true);
		expect(at('invited')?.textContent).toContain('You were invited');
		expect(goto).toHaveBeenCalledWith('/vendor', { replaceState: true });
		const way = at('vendor-sign-in')?.querySelector('a')?.getAttribute('href');
		expect(way).toBe('/account?next=%2Fvendor');

		replies['POST /api/v1/memberships'] = { body: { slug: 'acme' } };
		await come('', false);
		expect(keptInvitation()).toBe('abc234');
		at('join')?.click();
		await settled();
		const sent = fetchMock.mock.calls.find(([, init]) => init?.method === 'POST');
		expect(sent?.[1]?.body).toBe('{"invitation":"abc234"}');
		expect([at('invited'), keptInvitation()]).toEqual([null, '']);
		expect(goto).toHaveBeenLastCalledWith('/vendor?o=acme');
	});

	it('that is worth nothing is told so in the words of the server, and not kept', async () => {
		const detail = 'This invitation was used already. Ask for a new one.';
		const problem = { type: '/problems/not-found', title: 'T', status: 404, detail };
		replies['POST /api/v1/memberships'] = { body: problem, status: 404 };
		await come('#join=abc234', false);
		at('join')?.click();
		await settled();
		expect(at('invited')?.textContent).toContain(detail);
		expect([at('join'), keptInvitation()]).toEqual([null, '']);
	});

	it('is kept when the server cannot be reached', async () => {
		await come('#join=abc234', false);
		at('join')?.click();
		await settled();
		expect(at('join')).not.toBeNull();
		expect(keptInvitation()).toBe('abc234');
	});
});
