import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import Prove from '../src/lib/account/Prove.svelte';
import { Act } from '../src/lib/account/act.svelte';
import { auth, type Reply } from '../src/lib/api/auth';
import { ApiProblem } from '../src/lib/api/problem';
import { vendors } from '../src/lib/api/vendor';
import type { Arena, Me } from '../src/lib/api/types';
import { account } from '../src/lib/ui/account.svelte';
import Keys from '../src/lib/vendor/Keys.svelte';

let shown: object | null = null;
const at = (testid: string) => document.querySelector<HTMLElement>(`[data-testid="${testid}"]`);

function somebody(has: { password?: boolean; wallet?: string; oidc?: string | null }): void {
	account.me = {
		user: { has_password: has.password ?? false, wallet: has.wallet ?? null },
	} as unknown as Me;
	account.arena = { sign_in: { oidc: has.oidc ?? null } } as unknown as Arena;
}

const refusal = (...ids: string[]): Reply => ({
	status: 401,
	data: null,
	meta: {},
	errors: [],
	flows: ids.map((id) => ({ id })),
});

/** Something that is refused until it is proved who it is. */
async function refused(reply: Reply | ApiProblem): Promise<Act> {
	const act = new Act();
	await act.run(
		() => (reply instanceof ApiProblem ? Promise.reject(reply) : Promise.resolve(reply)),
		() => undefined,
	);
	shown = mount(Prove as never, { target: document.body, props: { for: act } } as never);
	flushSync();
	return act;
}

const offered = () =>
	['prove', 'prove-by-provider'].filter((testid) => at(testid) !== null).join(' ');

beforeEach(() => somebody({}));

afterEach(() => {
	if (shown) void unmount(shown as never);
	shown = null;
	document.body.replaceChildren();
	vi.restoreAllMocks();
});

describe('a proof of who it is', () => {
	it.each([
		['a password', { password: true, oidc: 'ID' }, ['reauthenticate'], 'prove'],
		['an authenticator', { oidc: 'ID' }, ['mfa_reauthenticate'], 'prove'],
		['the provider alone', { oidc: 'ID' }, ['provider_reauthenticate'], 'prove-by-provider'],
		[
			'both',
			{ oidc: 'ID' },
			['mfa_reauthenticate', 'provider_reauthenticate'],
			'prove prove-by-provider',
		],
		['a wallet alone', { wallet: '0xC0', oidc: 'ID' }, ['wallet_reauthenticate'], ''],
	])('is asked for by %s as the server says', async (_, has, ids, wanted) => {
		somebody(has);
		await refused(refusal(...ids));
		expect(offered()).toBe(wanted);
	});

	it('offers what may do where the server does not say', async () => {
		somebody({ oidc: 'ID' });
		const problem = { type: '/problems/proof-required', title: '', status: 403, detail: '' };
		await refused(new ApiProblem(problem));
		expect(offered()).toBe('prove prove-by-provider');
	});

	it('leads to the provider, and back to where it was asked for', async () => {
		somebody({ oidc: 'ID' });
		const visited = vi
			.spyOn(auth, 'providerAddress')
			.mockResolvedValue({ ...refusal(), status: 500, data: { location: '' } });
		const act = await refused(refusal('provider_reauthenticate'));
		at('prove-by-provider')?.click();
		await vi.waitFor(() =>
			expect(visited).toHaveBeenCalledWith(location.pathname + location.search),
		);
		await vi.waitFor(() => {
			flushSync();
			expect(document.querySelector('[role=alert]')).not.toBeNull();
		});
		expect(act.again).not.toBeNull();
	});

	it('takes the focus, says why, and leaves what was written where it was', async () => {
		somebody({ password: true });
		const problem = { type: '/problems/proof-required', title: '', status: 403, detail: '' };
		vi.spyOn(vendors, 'keys').mockResolvedValue([]);
		const made = vi.spyOn(vendors, 'makeKey').mockRejectedValue(new ApiProblem(problem));
		const props = { slug: 'acme', owner: true, now: 0 };
		shown = mount(Keys as never, { target: document.body, props } as never);
		await vi.waitFor(() => expect(at('no-keys')).not.toBeNull());
		const [name, button] = [at('key-name') as HTMLInputElement, at('key-make')];
		name.value = 'Nightly';
		name.dispatchEvent(new Event('input', { bubbles: true }));
		flushSync();
		button?.focus();
		button?.click();
		await vi.waitFor(() => expect(document.activeElement).toBe(at('prove')));
		const form = at('prove')?.closest('form');
		expect(document.getElementById(form?.getAttribute('aria-labelledby') ?? '')).toBe(
			form?.firstElementChild,
		);
		expect(name.form?.hidden).toBe(true);

		form?.querySelector<HTMLElement>('.quiet')?.click();
		await vi.waitFor(() => expect(document.activeElement).toBe(button));
		expect([name.value, name.form?.hidden, made.mock.calls.length]).toEqual(['Nightly', false, 1]);
	});
});
