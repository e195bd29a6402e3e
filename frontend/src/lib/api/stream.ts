import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { send } from './client';
import { ApiProblem, backoff } from './problem';
import type { AnswerError, EndStatus, PartType, Remark, Side, StreamMessage } from './types';

/** The server says something every 10 s; silence for longer means a dead connection. */
const SILENCE_MS = 30_000;

export type LinkState = 'connecting' | 'open' | 'waiting' | 'closed';

export interface StreamOptions {
	url: string;
	/** A fresh address, or null when nothing is left to stream. */
	renew: () => Promise<string | null>;
	onMessage: (message: StreamMessage) => void;
	onLink: (state: LinkState) => void;
	signal: AbortSignal;
	sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
	request?: typeof send;
}

function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, ms);
		signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
	});
}

interface WireData {
	side: Side;
	type: PartType;
	text: string;
	status: 'streaming' | EndStatus;
	truncated: boolean;
	error: null | AnswerError;
	remarks: Remark[];
	turn: number;
	attempt: number;
}

/** An event of an unknown name is skipped: the server may learn new ones before the page does. */
export function readMessage(event: EventSourceMessage): StreamMessage | null {
	const id = event.id ?? '';
	const data = JSON.parse(event.data) as WireData;
	switch (event.event) {
		case 'delta':
			return { type: 'delta', id, side: data.side, part: data.type, text: data.text };
		case 'state': {
			const { side, status, truncated, error, remarks } = data;
			return { type: 'state', id, side, status, truncated, error, remarks };
		}
		case 'end':
			return { type: 'end', id, turn: data.turn, attempt: data.attempt };
		default:
			return null;
	}
}

async function readWithin(
	reader: ReadableStreamDefaultReader<string>,
	ms: number,
): Promise<ReadableStreamReadResult<string>> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const silence = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error('silent stream')), ms);
	});
	try {
		return await Promise.race([reader.read(), silence]);
	} finally {
		clearTimeout(timer);
	}
}

class BattleStream {
	private cursor = '';
	private ended = false;
	private failures = 0;

	constructor(private readonly options: StreamOptions) {}

	async run(): Promise<void> {
		const { signal, onLink } = this.options;
		let url: string | null = this.options.url;
		while (url !== null && !this.ended && !signal.aborted) {
			onLink('connecting');
			url = await this.attempt(url);
		}
		if (!signal.aborted) onLink('closed');
	}

	private async attempt(url: string): Promise<string | null> {
		try {
			await this.readOnce(url);
			if (this.ended || this.options.signal.aborted) return null;
			this.failures += 1;
		} catch (error) {
			if (this.options.signal.aborted) return null;
			this.failures += 1;
			return this.recover(url, error);
		}
		await this.wait(backoff(this.failures));
		return url;
	}

	private async recover(url: string, error: unknown): Promise<string | null> {
		if (!(error instanceof ApiProblem)) {
			await this.wait(backoff(this.failures));
			return url;
		}
		if (error.code === 'ticket-expired' || error.code === 'ticket-invalid') return this.renew(url);
		if (!error.passing) throw error;
		await this.wait(error.wait(this.failures));
		return url;
	}

	private async renew(url: string): Promise<string | null> {
		// A ticket refused again and again must not become a busy loop.
		if (this.failures > 1) await this.wait(backoff(this.failures));
		try {
			return await this.options.renew();
		} catch (error) {
			if (error instanceof ApiProblem && !error.passing) throw error;
			await this.wait(backoff(this.failures));
			return url;
		}
	}

	private async wait(ms: number): Promise<void> {
		this.options.onLink('waiting');
		await (this.options.sleep ?? sleepFor)(ms, this.options.signal);
	}

	private async readOnce(url: string): Promise<void> {
		const headers: Record<string, string> = { Accept: 'text/event-stream' };
		if (this.cursor) headers['Last-Event-ID'] = this.cursor;
		const request = this.options.request ?? send;
		const response = await request(url, {
			headers,
			signal: this.options.signal,
			cache: 'no-store',
		});
		if (!response.body) return;
		this.options.onLink('open');
		const parser = createParser({ onEvent: (event) => this.take(event) });
		const reader = response.body
			.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
			.getReader();
		try {
			while (!this.ended) {
				const { done, value } = await readWithin(reader, SILENCE_MS);
				if (done) return;
				parser.feed(value);
			}
		} finally {
			void reader.cancel().catch(() => undefined);
		}
	}

	private take(event: EventSourceMessage): void {
		const message = readMessage(event);
		if (!message || this.ended) return;
		if (message.id) this.cursor = message.id;
		this.failures = 0;
		if (message.type === 'end') this.ended = true;
		this.options.onMessage(message);
	}
}

/** Reads a battle's stream to its end, through cuts, waits and expired tickets. */
export function readStream(options: StreamOptions): Promise<void> {
	return new BattleStream(options).run();
}
