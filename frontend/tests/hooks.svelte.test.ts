import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Hook, Message } from '../src/lib/hooks/types';
import Messages from '../src/lib/hooks/Messages.svelte';
import Own from '../src/lib/submissions/Own.svelte';
import { asked, fetchMock, scripted, show } from './scripted';

const MINUTE = 60_000;
const PATH = '/organisations/acme/webhooks/one/messages';
const NOW = '2026-11-22T10:00:00Z';
const onchange = vi.fn(() => Promise.resolve());
let hidden = false;
let written: Message[] = [];

function message(number: number, changes: Partial<Message> = {}): Message {
	return {
		id: `msg_${number}`,
		type: 'webhook.test',
		contender: null,
		state: 'waiting',
		created_at: NOW,
		ended_at: null,
		due_at: null,
		tries: 1,
		status: 500,
		fault: '',
		...changes,
	};
}

/** Two a page, the newest first. */
function reply(url: string, method: string): object {
	if (method === 'POST') return { messages: 1 };
	const from = Number(new URL(url, location.origin).searchParams.get('cursor') ?? 0);
	const next = from + 2 < written.length ? `/api/v1${PATH}?cursor=${from + 2}` : null;
	return { results: written.slice(from, from + 2), next, previous: null };
}

const shown = () => document.querySelectorAll('[data-testid="message"]').length;
const reads = () => fetchMock.mock.calls.filter(([, init]) => !init?.method).length;
const button = (words: string, at = 0) =>
	[...document.querySelectorAll('button')].filter((one) => one.textContent.includes(words))[at];

async function pass(ms: number): Promise<void> {
	await vi.advanceTimersByTimeAsync(ms);
	flushSync();
}

async function come(): Promise<void> {
	const hook = { id: 'one' } as Hook;
	show(Messages, { slug: 'acme', hook, now: Date.parse(NOW), onchange });
	await pass(0);
}

scripted();
beforeEach(() => {
	vi.useFakeTimers();
	vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
	fetchMock.mockImplementation((url, init) =>
		Promise.resolve(new Response(JSON.stringify(reply(String(url), init?.method ?? 'GET')))),
	);
	written = [4, 3, 2, 1].map((number) => message(number));
});
afterEach(() => {
	hidden = false;
	onchange.mockClear();
	vi.useRealTimers();
	vi.restoreAllMocks();
});

describe('the messages of a webhook whose receiver is down', () => {
	it('stay as far down as they were read', async () => {
		await come();
		button('Older')?.click();
		await pass(0);
		expect(shown()).toBe(4);
		await pass(10 * MINUTE);
		expect(shown()).toBe(4);
	});

	it('are looked at often for a minute and seldom after it, and the webhooks not at all', async () => {
		await come();
		await pass(MINUTE);
		expect(reads()).toBeGreaterThan(15);
		const before = reads();
		await pass(60 * MINUTE);
		expect(reads() - before).toBeLessThanOrEqual(61);
		expect(onchange).not.toHaveBeenCalled();
	});

	it('are looked at often again after a deed', async () => {
		await come();
		await pass(10 * MINUTE);
		button('Try now')?.click();
		await pass(0);
		const before = reads();
		await pass(MINUTE / 2);
		expect(reads() - before).toBeGreaterThan(8);
	});

	it('are not looked at while nobody sees the page', async () => {
		await come();
		hidden = true;
		await pass(10 * MINUTE);
		expect(reads()).toBe(1);
	});

	it('bring the webhooks anew, and what is further down, when one has changed', async () => {
		await come();
		button('Older')?.click();
		await pass(5 * MINUTE);
		written = [4, 3, 2, 1].map((number) => message(number, { state: 'delivered' }));
		await pass(MINUTE);
		expect(onchange).toHaveBeenCalledOnce();
		expect(document.body.textContent.match(/Delivered/g)).toHaveLength(4);
		const before = reads();
		await pass(10 * MINUTE);
		expect(reads()).toBe(before);
	});

	it('are looked at as far down as one still waits', async () => {
		const states = (last: Message['state']) =>
			[4, 3, 2, 1].map((number) => message(number, { state: number === 2 ? last : 'delivered' }));
		written = states('waiting');
		await come();
		button('Older')?.click();
		await pass(5 * MINUTE);
		written = states('delivered');
		await pass(MINUTE);
		expect(document.body.textContent.match(/Delivered/g)).toHaveLength(4);
		const before = reads();
		await pass(10 * MINUTE);
		expect(reads()).toBe(before);
	});

	it('show what becomes of an older one that is sent again', async () => {
		written = [4, 3, 2, 1].map((number) => message(number, { state: 'dead' }));
		await come();
		button('Older')?.click();
		await pass(0);
		button('Send again', 3)?.click();
		written[3] = message(1);
		await pass(0);
		expect(asked('POST', `${PATH}/msg_1/replay`)).toHaveLength(1);
		written[3] = message(1, { state: 'delivered' });
		await pass(5_000);
		expect(document.body.textContent).toContain('Delivered');
	});
});

describe('the submissions of an organisation', () => {
	const states = (last: string) =>
		[4, 3, 2, 1].map((id) => {
			const state = id === 1 ? last : 'declined';
			return { id: String(id), name: `N${id}`, at: NOW, state, aliases: [], checks: [] } as never;
		});
	const checked = () => document.querySelectorAll('.state.checking').length;

	it('are looked at as far down as one is still checked', async () => {
		written = states('checking');
		show(Own, { organisation: { slug: 'acme', role: 'member' } });
		await pass(0);
		button('Older')?.click();
		await pass(5 * MINUTE);
		expect(checked()).toBe(1);
		written = states('declined');
		await pass(MINUTE);
		expect(checked()).toBe(0);
	});
});
