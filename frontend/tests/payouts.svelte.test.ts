import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import Ask from '../src/lib/payouts/Ask.svelte';
import Epochs from '../src/lib/payouts/Epochs.svelte';
import Health from '../src/lib/payouts/Health.svelte';
import WaitingTable from '../src/lib/payouts/WaitingTable.svelte';
import type { Payouts, PayoutEpoch } from '../src/lib/payouts/types';
import Steps from '../src/lib/wallet/Steps.svelte';
import { stepsOf } from '../src/lib/wallet/steps';
import { config, epoch, inSeconds, NOW, own, treasury } from './money';

const fetchMock = vi.fn<typeof fetch>();
let shown: Record<string, unknown>[] = [];
const at = (testid: string) => document.querySelector<HTMLElement>(`[data-testid="${testid}"]`);

function show<P extends Record<string, unknown>>(
	component: Parameters<typeof mount<P, Record<string, never>>>[0],
	props: P,
) {
	shown.push(mount(component, { target: document.body, props } as never) as never);
	flushSync();
}

const line = (changes: Partial<PayoutEpoch> = {}): PayoutEpoch => ({
	...epoch(3),
	state: 'awaiting_approval',
	sealed_by: 'Ada',
	released: '2000000000',
	approvals: [],
	needs: 2,
	...changes,
});
const can = { approve: true, veto: true, seal: true, pause: true, void: true, fund: true };
const seen = (changes: Partial<Payouts> = {}): Payouts => ({
	treasury: treasury(),
	epochs: [],
	waiting: [],
	attempts: [],
	alarms: [],
	roles: {},
	can,
	...changes,
});

beforeEach(() => {
	vi.stubGlobal('fetch', fetchMock);
	document.cookie = 'csrftoken=t';
	HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
		this.open = true;
	};
	HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) {
		this.open = false;
		this.dispatchEvent(new Event('close'));
	};
});

afterEach(() => {
	for (const one of shown) void unmount(one);
	shown = [];
	fetchMock.mockReset();
	vi.unstubAllGlobals();
});

describe('the way to money', () => {
	it('marks the current step for eyes and ears alike', () => {
		const steps = stepsOf({ config: config(), own: own(), activeAt: null, now: NOW });
		show(Steps, { steps, current: 'convert' });
		expect(at('step-convert')?.getAttribute('aria-current')).toBe('step');
		expect(at('step-convert')?.textContent).toContain('Now');
		expect(document.querySelectorAll('[aria-current]')).toHaveLength(1);
	});
});

describe('the payout console', () => {
	it('says that all is well only when it is', () => {
		const health = (one: Payouts) => {
			show(Health, { seen: one, config: config(), now: NOW, onveto: vi.fn() });
			return [...document.querySelectorAll('h2')].at(-1)?.textContent;
		};
		expect(health(seen())).toBe('All in order');
		expect(health(seen({ treasury: treasury({ covered: false }) }))).toBe('Not covered.');
		expect(health(seen({ treasury: treasury({ paused: true }) }))).toBe('Paused');
		expect(health(seen({ treasury: treasury({ as_of: null }) }))).toBe(
			'The chain was not asked yet',
		);
		const alarm = { code: 'unfunded', subject: '3', detail: 'Pay in.', opened_at: inSeconds(-9) };
		expect(health(seen({ alarms: [alarm] }))).toBe('1 alarm');
		expect(at('alarms')?.textContent).toContain('Pay in.');
	});

	it('stops an epoch that was not sealed here, from the alarm about it', async () => {
		const onveto = vi.fn();
		const about = { detail: 'Not ours.', opened_at: inSeconds(-9) };
		const alarms = [
			{ ...about, code: 'stuck', subject: '6' },
			{ ...about, code: 'foreign_epoch', subject: '7' },
		];
		const common = { config: config(), now: NOW, onveto };
		show(Health, { ...common, seen: seen({ alarms, can: { ...can, veto: false } }) });
		at('veto-foreign-7')?.click();
		expect(onveto).not.toHaveBeenCalled();
		void unmount(shown.pop() as never);
		show(Health, { ...common, seen: seen({ alarms }) });
		expect(at('veto-foreign-6')).toBeNull();
		at('veto-foreign-7')?.click();
		expect(onveto).toHaveBeenCalledExactlyOnceWith(7);

		const transaction = { to: '0x1', data: '0x2', value: '0' };
		fetchMock.mockResolvedValue(
			new Response(JSON.stringify({ detail: 'Epoch 7 is vetoed.', hash: null, transaction })),
		);
		const wanted = { deed: 'veto' as const, foreign: 7 };
		const ondone = vi.fn(() => Promise.resolve());
		show(Ask, { wanted, config: config(), waiting: '0', ondone, onclose: vi.fn() });
		expect(at('ask')?.textContent).toContain('was not sealed here');
		const reason = at('ask-reason') as HTMLInputElement;
		reason.value = 'A thief';
		reason.dispatchEvent(new Event('input', { bubbles: true }));
		flushSync();
		at('ask-yes')?.click();
		await vi.waitFor(() => expect(at('ask-done')?.textContent).toContain('Epoch 7 is vetoed.'));
		expect(fetchMock.mock.calls[0]?.[0]).toBe('/api/v1/operator/epochs/7/veto');
	});

	it('is driven by keys inside the table, and by no key outside it', () => {
		const onask = vi.fn();
		const epochs = [line(), line({ number: 2, state: 'posted' })];
		show(Epochs, { epochs, can, credit: 'EVC', now: NOW, onask });
		const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
		const press = (target: Element, key: string) =>
			target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
		press(document.body, 'a');
		expect(onask).not.toHaveBeenCalled();
		rows[0]?.focus();
		press(rows[0] as Element, 'v');
		expect(onask).not.toHaveBeenCalled();
		press(rows[0] as Element, 'a');
		expect(onask).toHaveBeenLastCalledWith('approve', epochs[0]);
		press(rows[0] as Element, 'ArrowDown');
		expect(document.activeElement).toBe(rows[1]);
		press(rows[1] as Element, 'v');
		expect(onask).toHaveBeenLastCalledWith('veto', epochs[1]);
	});

	it('takes back what waits, by the row it stands in', async () => {
		const onvoid = vi.fn();
		const ada = {
			id: 'c-1',
			owner: 'Ada',
			wallet: '0x1',
			points: 30,
			units: '30000',
			at: inSeconds(-60),
		};
		const ben = {
			id: 'c-2',
			owner: 'Ben',
			wallet: '0x2',
			points: 12,
			units: '12000',
			at: inSeconds(-30),
		};
		const common = { waiting: [ada, ben], credit: 'EVC', explorer: '', now: NOW, onvoid };
		show(WaitingTable, { ...common, may: false });
		at('void-c-2')?.click();
		expect(onvoid).not.toHaveBeenCalled();
		void unmount(shown.pop() as never);
		show(WaitingTable, { ...common, may: true });
		at('void-c-2')?.click();
		expect(onvoid).toHaveBeenCalledExactlyOnceWith(ben);

		fetchMock.mockResolvedValue(
			new Response(JSON.stringify({ id: 'c-2', points: 12, units: '12000' }), { status: 200 }),
		);
		const wanted = { deed: 'void' as const, conversion: ben };
		const ondone = vi.fn(() => Promise.resolve());
		show(Ask, { wanted, config: config(), waiting: '42000', ondone, onclose: vi.fn() });
		expect(at('ask')?.textContent).toContain('The 12 points that Ben converted');
		expect(at('ask-conversion')).toBeNull();
		const reason = at('ask-reason') as HTMLInputElement;
		reason.value = 'Asked for it';
		reason.dispatchEvent(new Event('input', { bubbles: true }));
		flushSync();
		at('ask-yes')?.click();
		await vi.waitFor(() => expect(at('ask-done')?.textContent).toContain('12'));
		expect(fetchMock.mock.calls[0]?.[0]).toBe('/api/v1/operator/conversions/c-2/void');
	});

	it('asks once, sends the reason, and shows what came of it', async () => {
		const detail = 'Epoch 3 is vetoed.';
		const transaction = { to: '0x1', data: '0x2', value: '0' };
		fetchMock.mockResolvedValue(
			new Response(JSON.stringify({ detail, hash: null, transaction }), { status: 200 }),
		);
		const ondone = vi.fn(() => Promise.resolve());
		const wanted = { deed: 'veto' as const, epoch: line({ state: 'posted' }) };
		show(Ask, { wanted, config: config(), waiting: '0', ondone, onclose: vi.fn() });
		at('ask-yes')?.click();
		expect(fetchMock).not.toHaveBeenCalled();

		const field = at('ask-reason') as HTMLInputElement;
		field.value = 'A leaf is wrong';
		field.dispatchEvent(new Event('input', { bubbles: true }));
		flushSync();
		at('ask-yes')?.click();
		await vi.waitFor(() => expect(at('ask-done')?.textContent).toContain(detail));
		expect(fetchMock.mock.calls[0]?.[0]).toBe('/api/v1/operator/epochs/3/veto');
		expect(fetchMock.mock.calls[0]?.[1]?.body).toBe('{"reason":"A leaf is wrong"}');
		expect(ondone).toHaveBeenCalledOnce();
	});

	it('asks who it is where the server wants to know, then does the same deed under the same key', async () => {
		const problem = {
			type: '/problems/proof-required',
			title: '',
			status: 403,
			detail: 'Prove it.',
		};
		const sent = {
			detail: 'Stopped.',
			hash: null,
			transaction: { to: '0x1', data: '0x2', value: '0' },
		};
		const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
		fetchMock
			.mockResolvedValueOnce(json(problem, 403))
			.mockResolvedValueOnce(json({ status: 200, data: {} }))
			.mockResolvedValueOnce(json(sent));
		const ondone = vi.fn(() => Promise.resolve());
		const wanted = { deed: 'pause' as const };
		show(Ask, { wanted, config: config(), waiting: '0', ondone, onclose: vi.fn() });
		at('ask-yes')?.click();
		await vi.waitFor(() => expect(at('prove')).not.toBeNull());
		expect(document.activeElement).toBe(at('prove'));
		expect(at('ask-yes')?.closest('form')?.hidden).toBe(true);
		expect(ondone).not.toHaveBeenCalled();

		at('prove-send')?.click();
		await vi.waitFor(() => expect(at('ask-done')?.textContent).toContain('Stopped.'));
		const [first, proof, second] = fetchMock.mock.calls;
		expect(proof?.[0]).toBe('/_allauth/browser/v1/auth/reauthenticate');
		expect(second).toEqual(first);
		expect(new Headers(first?.[1]?.headers).get('Idempotency-Key')).toBeTruthy();
		expect(ondone).toHaveBeenCalledOnce();
	});
});
