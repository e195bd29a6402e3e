import { describe, expect, it, vi } from 'vitest';
import { ApiProblem, backoff } from '../src/lib/api/problem';
import { readStream, type StreamOptions } from '../src/lib/api/stream';
import type { StreamMessage } from '../src/lib/api/types';

const event = (id: string, name: string, data: unknown) =>
	`id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const delta = (id: string, text: string) => event(id, 'delta', { side: 'a', type: 'text', text });
const end = (id: string) => event(id, 'end', { turn: 0, attempt: 0 });

function body(chunks: string[], cut = false): Response {
	const encoder = new TextEncoder();
	const queue = chunks.map((chunk) => encoder.encode(chunk));
	const source = new ReadableStream<Uint8Array>({
		pull(controller) {
			const next = queue.shift();
			if (next) controller.enqueue(next);
			else if (cut) controller.error(new TypeError('network'));
			else controller.close();
		},
	});
	return new Response(source);
}

const refuse = (code: string, status: number, retry?: number) =>
	new ApiProblem({
		type: `/problems/${code}`,
		title: code,
		status,
		detail: code,
		...(retry ? { retry_after: retry } : {}),
	});

async function play(replies: (Response | Error)[], changes: Partial<StreamOptions> = {}) {
	const asked: { url: string; cursor: string | null }[] = [];
	const waits: number[] = [];
	const messages: StreamMessage[] = [];
	const links: string[] = [];
	await readStream({
		url: '/stream?ticket=1',
		renew: () => Promise.resolve('/stream?ticket=2'),
		onMessage: (message) => messages.push(message),
		onLink: (state) => links.push(state),
		signal: new AbortController().signal,
		sleep: (ms) => (waits.push(ms), Promise.resolve()),
		request: (url, init) => {
			asked.push({ url, cursor: new Headers(init?.headers).get('Last-Event-ID') });
			const reply = replies.shift() ?? body([end('z')]);
			return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
		},
		...changes,
	});
	const text = messages.map((message) => (message.type === 'delta' ? message.text : '')).join('');
	return { asked, waits, messages, links, text };
}

describe('reading a stream', () => {
	it('reads deltas, states and the end, and closes', async () => {
		const state = event('2', 'state', {
			side: 'a',
			status: 'done',
			truncated: true,
			error: null,
			remarks: [],
		});
		const { messages, links, asked } = await play([body([delta('1', 'Hi'), state, end('3')])]);
		expect(messages.map((message) => message.type)).toEqual(['delta', 'state', 'end']);
		expect(messages[1]).toMatchObject({ status: 'done', truncated: true });
		expect(links).toEqual(['connecting', 'open', 'closed']);
		expect(asked).toEqual([{ url: '/stream?ticket=1', cursor: null }]);
	});

	it('reads events and letters that arrive in pieces', async () => {
		const whole = new TextEncoder().encode(
			delta('1', 'naïve 日本') + ': keep-alive\n\n' + end('2'),
		);
		const bytes = new ReadableStream<Uint8Array>({
			start(controller) {
				for (const byte of whole) controller.enqueue(new Uint8Array([byte]));
				controller.close();
			},
		});
		expect((await play([new Response(bytes)])).text).toBe('naïve 日本');
	});

	it('goes on after a cut from the last event it has seen', async () => {
		const { asked, text, waits } = await play([
			body([delta('1', 'Blue '), delta('2', 'li')], true),
			body([delta('3', 'ght'), end('4')]),
		]);
		expect(asked.map(({ cursor }) => cursor)).toEqual([null, '2']);
		expect(text).toBe('Blue light');
		expect(waits).toEqual([500]);
	});

	it('keeps every event that shares an id: the id is a place in the text, not a name', async () => {
		const state = event('1', 'state', {
			side: 'a',
			status: 'done',
			truncated: false,
			error: null,
			remarks: [],
		});
		const { messages } = await play([body([delta('1', 'Blue'), state, end('1')])]);
		expect(messages.map((message) => message.type)).toEqual(['delta', 'state', 'end']);
	});

	it('waits longer after each failure in a row', async () => {
		const down = new TypeError('no network');
		const { waits } = await play([down, down, down, body([end('1')])]);
		expect(waits).toEqual([500, 1000, 2000]);
		expect(backoff(30)).toBe(16_000);
	});

	it('waits as long as a busy server asks, with the same cursor', async () => {
		const { waits, asked } = await play([
			body([delta('7', 'x')], true),
			refuse('busy', 503, 4),
			body([end('8')]),
		]);
		expect(waits).toEqual([500, 4000]);
		expect(asked.at(-1)?.cursor).toBe('7');
	});

	it('fetches a fresh ticket when its own has expired, and keeps its place', async () => {
		const { asked, text } = await play([
			body([delta('1', 'Blue')], true),
			refuse('ticket-expired', 403),
			body([delta('2', ' light'), end('3')]),
		]);
		expect(asked.at(-1)).toEqual({ url: '/stream?ticket=2', cursor: '1' });
		expect(text).toBe('Blue light');
	});

	it('ends when a renewed battle has nothing left to stream', async () => {
		const renew = vi.fn(() => Promise.resolve(null));
		const { asked, links } = await play([refuse('ticket-expired', 403)], { renew });
		expect(asked).toHaveLength(1);
		expect(links.at(-1)).toBe('closed');
	});

	it('does not ask in a rush when every ticket is refused', async () => {
		const refused = () => refuse('ticket-invalid', 403);
		const { waits } = await play([refused(), refused(), refused(), body([end('1')])]);
		expect(waits).toEqual([1000, 2000]);
	});

	it('gives up on a problem that will not pass', async () => {
		await expect(play([refuse('not-found', 404)])).rejects.toMatchObject({ code: 'not-found' });
	});

	it('skips events it does not know', async () => {
		const { messages } = await play([body([event('1', 'weather', { sun: 1 }), end('2')])]);
		expect(messages).toHaveLength(1);
	});

	it('stops when the page goes away', async () => {
		const leaving = new AbortController();
		const { asked, links } = await play([body([delta('1', 'x')], true)], {
			signal: leaving.signal,
			sleep: () => Promise.resolve(leaving.abort()),
		});
		expect(asked).toHaveLength(1);
		expect(links).not.toContain('closed');
	});
});
