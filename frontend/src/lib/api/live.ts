import { api } from './client';
import { ApiProblem, backoff } from './problem';
import type { Board } from './types';

/** `polling`: no socket just now, so the board is asked for every so often. */
export type LiveState = 'connecting' | 'live' | 'waiting' | 'polling';

export interface LiveHandlers {
	onBoard: (board: Board) => void;
	onState: (state: LiveState) => void;
	/** There is no such board: nothing is asked any more. */
	onMissing?: () => void;
	/** The first reading by plain request failed; the socket goes on trying. */
	onProblem?: (error: unknown) => void;
}

/** How the server closes a socket that it does not want (arena/live/consumers.py). */
const UNKNOWN_BOARD = 4404;
const FULL: readonly number[] = [4430, 4503];
const FULL_MS = 60_000;
const POLL_MS = 30_000;

function socketUrl(slug: string): string {
	const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
	return `${scheme}//${location.host}/ws/boards/${encodeURIComponent(slug)}`;
}

const missing = (error: unknown) => error instanceof ApiProblem && error.status === 404;

class Following {
	private closed = false;
	private failures = 0;
	private last = -2;
	private state: LiveState | null = null;
	private socket: WebSocket | null = null;
	private again: ReturnType<typeof setTimeout> | undefined;
	private polls: ReturnType<typeof setInterval> | undefined;

	constructor(
		private readonly slug: string,
		private readonly handlers: LiveHandlers,
	) {}

	begin(): void {
		window.addEventListener('online', this.hurry);
		this.say('connecting');
		api.board(this.slug).then(
			(board) => this.take(board),
			(error: unknown) => this.unread(error),
		);
		this.connect();
	}

	end = (): void => {
		this.closed = true;
		clearTimeout(this.again);
		this.stopPolling();
		window.removeEventListener('online', this.hurry);
		this.socket?.close();
	};

	private say(state: LiveState): void {
		if (this.state !== state) this.handlers.onState(state);
		this.state = state;
	}

	private take(board: Board): void {
		// A late reply must never bring an older board back.
		if (this.closed || board.seq < this.last) return;
		this.last = board.seq;
		this.handlers.onBoard(board);
	}

	private unread(error: unknown): void {
		if (this.closed) return;
		if (missing(error)) this.give();
		else this.handlers.onProblem?.(error);
	}

	private give(): void {
		this.end();
		this.handlers.onMissing?.();
	}

	private connect = (): void => {
		this.socket = new WebSocket(socketUrl(this.slug));
		this.socket.onmessage = (event: MessageEvent<string>) => this.hear(event.data);
		this.socket.onclose = (event) => this.lost(event.code);
	};

	private hear(data: string): void {
		if (this.closed) return;
		this.failures = 0;
		this.stopPolling();
		this.say('live');
		const frame = JSON.parse(data) as Board & { type?: string };
		if (frame.type === 'board') this.take(frame);
	}

	private lost(code: number): void {
		if (this.closed) return;
		if (code === UNKNOWN_BOARD) return this.give();
		const full = FULL.includes(code);
		this.failures += 1;
		// Each try that fails is no news: what was said stands until something comes of one.
		if (full) this.say('polling');
		else if (this.state !== 'polling') this.say('waiting');
		this.polls ??= setInterval(() => void this.poll(), POLL_MS);
		this.again = setTimeout(this.connect, full ? FULL_MS : backoff(this.failures));
	}

	/** The browser sends the ETag of the board that it has: one that is unchanged costs a reply of no bytes. */
	private async poll(): Promise<void> {
		if (document.hidden) return;
		try {
			this.take(await api.board(this.slug));
			if (this.polls) this.say('polling');
		} catch (error) {
			if (missing(error)) this.unread(error);
			else if (this.polls) this.say('waiting');
		}
	}

	private stopPolling(): void {
		clearInterval(this.polls);
		this.polls = undefined;
	}

	private hurry = (): void => {
		if (this.socket?.readyState !== WebSocket.CLOSED) return;
		clearTimeout(this.again);
		this.connect();
	};
}

/** Follows one board: a plain request for the first paint, then a socket that reconnects, and plain requests while there is none. */
export function followBoard(slug: string, handlers: LiveHandlers): () => void {
	const following = new Following(slug, handlers);
	following.begin();
	return following.end;
}
