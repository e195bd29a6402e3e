import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { goto } from '$app/navigation';
import Basics from '../src/lib/account/Basics.svelte';
import Enter from '../src/lib/account/Enter.svelte';
import OwnData from '../src/lib/account/OwnData.svelte';
import Prove from '../src/lib/account/Prove.svelte';
import SecondFactor from '../src/lib/account/SecondFactor.svelte';
import { Act } from '../src/lib/account/act.svelte';
import type { Arena, Me } from '../src/lib/api/types';
import { draft, keepDraft } from '../src/lib/battle/drafts';
import ShareBox from '../src/lib/battle/ShareBox.svelte';
import { m } from '../src/lib/paraglide/messages.js';
import { account } from '../src/lib/ui/account.svelte';
import { keepInvitation, keptInvitation } from '../src/lib/vendor/invited';
import AccountPage from '../src/routes/account/+page.svelte';
import Terms from '../src/routes/terms/+page.svelte';
import { visit } from './app/state';
import { settled } from './scripted';

type Reply = { body?: unknown; status?: number } | 'lost';
const fetchMock = vi.fn<typeof fetch>();
/** What is answered to `METHOD /path`, in its order; the last answer stays. */
let replies: Record<string, Reply[]> = {};
let shown: object[] = [];

const at = (testid: string) => document.querySelector<HTMLElement>(`[data-testid="${testid}"]`);
const box = (testid: string) => at(testid) as HTMLInputElement;
const alarm = () => document.querySelector('[role=alert]')?.textContent ?? '';
const asked = (wanted: string) =>
	fetchMock.mock.calls.filter(([path, init]) => `${init?.method ?? 'GET'} ${path}` === wanted);
const busy: Reply = {
	body: { type: '/problems/busy', title: 'Busy', status: 503, detail: 'Busy just now.' },
	status: 503,
};

function me(changes: { publish?: boolean; current?: boolean; guest?: boolean } = {}): Me {
	const { publish = true, current = true, guest = false } = changes;
	return {
		user: {
			id: 'u-1',
			is_guest: guest,
			name: 'Ada',
			email: 'ada@example.org',
			has_password: true,
			wallet: null,
			is_staff: false,
		},
		consent: {
			terms_version: '1',
			terms_hash: 'h',
			publish,
			at: '2026-11-22T10:00:00Z',
			current,
		},
		points: { pending: 0, available: 0, converted: 0, today: 0, daily_cap: 100 },
	};
}

function show(component: unknown, props: object = {}): void {
	shown.push(mount(component as never, { target: document.body, props } as never));
	flushSync();
}

beforeEach(() => {
	replies = {};
	document.cookie = 'csrftoken=t';
	vi.stubGlobal('fetch', fetchMock);
	fetchMock.mockImplementation((path, init) => {
		const queue = replies[`${init?.method ?? 'GET'} ${String(path)}`] ?? ['lost'];
		const reply = (queue.length > 1 ? queue.shift() : queue[0]) ?? 'lost';
		if (reply === 'lost') return Promise.reject(new TypeError('no connection'));
		const { body = {}, status = 200 } = reply;
		return Promise.resolve(new Response(JSON.stringify(body), { status }));
	});
	account.me = me();
	visit('/account');
});

afterEach(() => {
	for (const one of shown) void unmount(one as never);
	shown = [];
	document.body.replaceChildren();
	fetchMock.mockReset();
	vi.mocked(goto).mockClear();
	vi.unstubAllGlobals();
});

describe('the choice to publish', () => {
	it('is taken back without accepting any terms, and is not offered anew under terms not read', async () => {
		account.me = me({ current: false });
		replies['GET /api/v1/terms'] = [{ body: { version: '2', hash: 'h2', text: 'New.' } }];
		replies['PUT /api/v1/me/publish'] = [{ body: me({ publish: false, current: false }) }];
		show(Terms);
		at('terms-choice')?.click();
		await settled();
		expect(asked('PUT /api/v1/me/publish')[0]?.[1]?.body).toBe('{"publish":false}');
		expect(asked('POST /api/v1/me/consent')).toHaveLength(0);
		expect(account.me?.consent?.publish).toBe(false);
		expect(at('terms-choice')).toBeNull();
	});

	it('is shown as it is stored when the request fails, with the problem beside it', async () => {
		replies['PUT /api/v1/me/publish'] = [busy];
		show(OwnData);
		box('publish-choice').click();
		await settled();
		expect(box('publish-choice').checked).toBe(true);
		const section = box('publish-choice').closest('section');
		expect(section?.querySelector('[role=alert]')?.textContent).toContain('Busy just now.');
		expect(document.querySelectorAll('[role=alert]')).toHaveLength(1);
	});

	it('takes no second click while the first is under way', async () => {
		let answer: (response: Response) => void = () => undefined;
		fetchMock.mockImplementation(() => new Promise((done) => (answer = done)));
		show(OwnData);
		box('publish-choice').click();
		flushSync();
		expect(box('publish-choice').getAttribute('aria-disabled')).toBe('true');
		box('publish-choice').click();
		answer(new Response(JSON.stringify(me({ publish: false }))));
		await settled();
		expect(box('publish-choice').checked).toBe(false);
		expect(asked('PUT /api/v1/me/publish')).toHaveLength(1);
	});
});

describe('the link to a battle', () => {
	it('is shown to be listed by search engines only when it is', async () => {
		const link = { token: 'x', url: '/s/x', index: false };
		replies['GET /api/v1/battles/b'] = [{ body: { share: link } }];
		replies['POST /api/v1/battles/b/share'] = [busy, { body: { ...link, index: true } }];
		show(ShareBox, { id: 'b' });
		const fold = at('share-open');
		const details = (fold?.closest('details') ?? fold) as HTMLDetailsElement;
		details.open = true;
		details.dispatchEvent(new Event('toggle'));
		await settled();
		box('share-index').click();
		await settled();
		expect([box('share-index').checked, alarm()]).toEqual([
			false,
			expect.stringContaining('Busy just now.'),
		]);
		box('share-index').click();
		await settled();
		expect(box('share-index').checked).toBe(true);
	});
});

describe('signing in', () => {
	const OPTIONS = 'GET /_allauth/browser/v1/auth/webauthn/login';
	const PROVIDER = 'POST /_allauth/browser/v1/auth/provider/redirect';

	beforeEach(() => {
		vi.stubGlobal('PublicKeyCredential', vi.fn());
		account.me = me({ guest: true });
		account.arena = { sign_in: { domains: [], oidc: 'Example ID' } } as unknown as Arena;
	});

	it.each([
		['is refused', { body: {}, status: 500 } as Reply, 'not accepted'],
		['cannot be reached', 'lost' as Reply, 'could not be reached'],
	])('says so when the server %s, by passkey or by provider', async (_, reply, words) => {
		replies[OPTIONS] = replies[PROVIDER] = [reply];
		show(Enter);
		at('to-sign-in')?.click();
		flushSync();
		at('by-passkey')?.click();
		await settled();
		expect(alarm()).toContain(words);
		account.arena = { ...account.arena } as Arena;
		at('by-provider')?.click();
		flushSync();
		expect(alarm()).toBe('');
		await settled();
		expect(alarm()).toContain(words);
	});

	it('leads to what was refused, and says why', async () => {
		const errors = [{ message: 'Not right.', code: 'mismatch', param: 'password' }];
		replies['POST /_allauth/browser/v1/auth/login'] = [{ body: { errors }, status: 400 }];
		show(Enter);
		at('to-sign-in')?.click();
		flushSync();
		box('enter').focus();
		box('enter').click();
		await settled();
		expect(document.activeElement).toBe(box('password'));
		const note = document.getElementById(box('password').getAttribute('aria-describedby') ?? '');
		expect([note?.textContent, note?.ariaLive]).toEqual(['Not right.', 'polite']);
	});

	it.each([
		['a code', 'mfa_authenticate', () => box('code'), 'One more step'],
		['a mail', 'verify_email', () => document.querySelector('.told'), 'Look in your mail'],
	])('leads on to %s where that is asked for', async (_, id, first, words) => {
		const body = { data: { flows: [{ id, is_pending: true }] } };
		replies['POST /_allauth/browser/v1/auth/signup'] = [{ body, status: 401 }];
		show(Enter);
		box('enter').focus();
		box('enter').click();
		await settled();
		expect(document.activeElement).toBe(first());
		const step = first()?.closest('.told');
		const title = document.getElementById(step?.getAttribute('aria-labelledby') ?? '') ?? step;
		expect(title?.textContent).toContain(words);
	});

	it('goes on to where somebody came from, on this site only', async () => {
		visit('/account?next=%2Fvendor');
		show(AccountPage);
		await settled();
		expect(goto).not.toHaveBeenCalled();
		account.me = me();
		await settled();
		expect(goto).toHaveBeenCalledExactlyOnceWith('/vendor', { replaceState: true });
	});
});

describe('a proof by passkey', () => {
	it('says so when it cannot be asked for', async () => {
		vi.stubGlobal('PublicKeyCredential', vi.fn());
		const wanted = new Act();
		wanted.again = () => Promise.resolve();
		show(Prove, { for: wanted });
		at('prove-by-passkey')?.click();
		await settled();
		expect(alarm()).toContain('could not be reached');
	});
});

describe('the ways in', () => {
	it('lead to the code of an app that is set up', async () => {
		const meta = { secret: 'ABCD', totp_url: 'otpauth://totp/a?secret=ABCD' };
		replies['GET /_allauth/browser/v1/account/authenticators/totp'] = [
			{ body: { meta }, status: 404 },
		];
		show(SecondFactor, { authenticators: [], onchange: () => undefined });
		at('totp-begin')?.focus();
		at('totp-begin')?.click();
		await settled();
		expect(document.activeElement).toBe(box('totp-code'));
	});

	it('lead back to the button when the password has been changed', async () => {
		replies['POST /_allauth/browser/v1/account/password/change'] = [{ body: {} }];
		show(Basics);
		await settled();
		const change = [...document.querySelectorAll<HTMLElement>('button')].find(
			(one) => one.textContent === m.account_password_change(),
		);
		change?.focus();
		change?.click();
		flushSync();
		const now = document.querySelector('[autocomplete=current-password]');
		expect([document.activeElement, change?.hidden]).toEqual([now, true]);
		now?.closest('form')?.requestSubmit();
		await settled();
		expect([document.activeElement, change?.hidden]).toEqual([change, false]);
	});
});

describe('the focus of somebody who writes', () => {
	const button = (words: string) =>
		[...document.querySelectorAll('button')].find((one) => one.textContent === words);
	const now = () => document.querySelector<HTMLInputElement>('[autocomplete=current-password]');

	it('stays where it is when a reply to something else comes', async () => {
		const email = 'ada@example.org';
		const row = { email, verified: false, primary: true };
		replies['GET /_allauth/browser/v1/account/email'] = [{ body: { data: [row] } }];
		account.arena = { sign_in: { mail: true } } as unknown as Arena;
		show(Basics);
		await settled();
		let give: (reply: Response) => void = () => undefined;
		fetchMock.mockImplementationOnce(() => new Promise((done) => (give = done)));
		button(m.account_send_verification())?.click();
		button(m.account_password_change())?.click();
		flushSync();
		now()?.focus();
		give(new Response('{}'));
		await settled();
		expect(document.body.textContent).toContain(m.account_mail_sent({ email }));
		expect(document.activeElement).toBe(now());
	});

	it('goes on to a proof that is asked for where they pressed Enter, and back', async () => {
		const flows = [{ id: 'reauthenticate' }];
		replies['POST /_allauth/browser/v1/account/password/change'] = [
			{ body: { data: { flows }, meta: { is_authenticated: true } }, status: 401 },
		];
		show(Basics);
		button(m.account_password_change())?.click();
		flushSync();
		const field = now();
		field?.focus();
		field?.form?.requestSubmit();
		await settled();
		expect([document.activeElement, field?.form?.hidden]).toEqual([at('prove'), true]);
		button(m.account_cancel())?.click();
		await settled();
		expect([document.activeElement, field?.form?.hidden]).toEqual([field, false]);
	});

	it('goes on to the step that takes the place of the form', async () => {
		const body = { data: { flows: [{ id: 'mfa_authenticate', is_pending: true }] } };
		replies['POST /_allauth/browser/v1/auth/signup'] = [{ body, status: 401 }];
		account.me = me({ guest: true });
		account.arena = { sign_in: { domains: [] } } as unknown as Arena;
		show(Enter);
		box('password').focus();
		box('password').form?.requestSubmit();
		await settled();
		expect(document.activeElement).toBe(box('code'));
	});
});

describe('signing out', () => {
	const SESSION = 'DELETE /_allauth/browser/v1/auth/session';

	/** What this tab keeps of whoever is here: what they wrote, and came with. */
	function wrote(): void {
		keepDraft('start', 'My own affair');
		keepDraft('battle-1', 'And mine');
		keepInvitation('secret');
	}
	const left = () => [draft('start'), draft('battle-1'), keptInvitation()];

	afterEach(() => sessionStorage.clear());

	it('leaves no draft and no invitation for whoever comes next', async () => {
		replies[SESSION] = [{ body: { data: { flows: [{ id: 'login' }] } }, status: 401 }];
		replies['GET /api/v1/me'] = [{ body: { ...me(), user: null } }];
		wrote();
		show(Basics);
		await settled();
		at('sign-out')?.click();
		await settled();
		expect(left()).toEqual(['', '', '']);
	});

	it('for good, by deleting the account, leaves none either', async () => {
		replies['DELETE /api/v1/me'] = [{}];
		replies['GET /api/v1/me'] = [{ body: { ...me(), user: null } }];
		wrote();
		show(OwnData);
		at('delete-open')?.click();
		flushSync();
		box('delete-word').value = m.account_delete_word();
		box('delete-word').dispatchEvent(new Event('input', { bubbles: true }));
		flushSync();
		at('delete-now')?.click();
		await settled();
		expect(goto).toHaveBeenCalledWith('/');
		expect(left()).toEqual(['', '', '']);
	});

	it('is over when the server says that nobody is signed in', async () => {
		replies[SESSION] = [{ body: { data: { flows: [{ id: 'login' }] } }, status: 401 }];
		replies['GET /api/v1/me'] = [{ body: { ...me(), user: null } }];
		show(Basics);
		await settled();
		at('sign-out')?.click();
		await settled();
		expect(account.me?.user).toBeNull();
	});

	it('that failed says so', async () => {
		replies['GET /_allauth/browser/v1/account/email'] = [{ body: { data: [] } }];
		replies[SESSION] = [busy];
		show(Basics);
		at('sign-out')?.click();
		wrote();
		await settled();
		expect(alarm()).toContain('Busy just now.');
		expect(asked('GET /api/v1/me')).toHaveLength(0);
		expect(left()).toEqual(['My own affair', 'And mine', 'secret']);
	});
});
