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
const CHECK_MS = 60_000;
/** A board may come by plain request a moment before it comes by the socket. */
const LATE_MS = 5_000;

function socketUrl(slug: string): string {
	const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
	return `${scheme}//${location.host}/ws/boards/${encodeURIComponent(slug)}`;
}

const statusOf = (error: unknown) => (error instanceof ApiProblem ? error.status : null);
const missing = (error: unknown) => statusOf(error) === 404;
const unreached = (error: unknown) => statusOf(error) === 0;

class Following {
	private closed = false;
	private failures = 0;
	private last = -2;
	/** What this socket has told. */
	private told = -2;
	private state: LiveState | null = null;
	private socket: WebSocket | null = null;
	private again: ReturnType<typeof setTimeout> | undefined;
	private doubt: ReturnType<typeof setTimeout> | undefined;
	private polls: ReturnType<typeof setInterval> | undefined;

	constructor(
		private readonly slug: string,
		private readonly handlers: LiveHandlers,
	) {}

	begin(): void {
		window.addEventListener('online', this.hurry);
		window.addEventListener('offline', this.poll);
		document.addEventListener('visibilitychange', this.poll);
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
		clearTimeout(this.doubt);
		clearInterval(this.polls);
		window.removeEventListener('online', this.hurry);
		window.removeEventListener('offline', this.poll);
		document.removeEventListener('visibilitychange', this.poll);
		this.socket?.close();
	};

	private say(state: LiveState): void {
		if (this.closed || this.state === state) return;
		this.state = state;
		this.handlers.onState(state);
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
		this.again = undefined;
		this.told = -2;
		this.socket = new WebSocket(socketUrl(this.slug));
		this.socket.onmessage = (event: MessageEvent<string>) => this.hear(event.data);
		this.socket.onclose = (event) => this.lost(event.code);
	};

	private hear(data: string): void {
		if (this.closed) return;
		this.failures = 0;
		if (this.state !== 'live') this.pollEvery(CHECK_MS);
		this.say('live');
		const frame = JSON.parse(data) as Board & { type?: string };
		if (frame.type !== 'board') return;
		this.told = frame.seq;
		this.take(frame);
	}

	private lost(code = 0): void {
		if (this.closed) return;
		if (code === UNKNOWN_BOARD) return this.give();
		clearTimeout(this.doubt);
		const full = FULL.includes(code);
		this.failures += 1;
		// Each try that fails is no news: what was said stands until something comes of one.
		if (this.state !== 'waiting' && this.state !== 'polling') this.pollEvery(POLL_MS);
		if (full) this.say('polling');
		else if (this.state !== 'polling') this.say('waiting');
		this.again = setTimeout(this.connect, full ? FULL_MS : backoff(this.failures));
	}

	/** For one that died without a word, as where a network forgot it: its end may come minutes later, if ever. */
	private drop(): void {
		if (this.socket) this.socket.onmessage = this.socket.onclose = null;
		this.socket?.close();
		this.lost();
	}

	private pollEvery(ms: number): void {
		clearInterval(this.polls);
		this.polls = setInterval(this.poll, ms);
	}

	/** The browser sends the ETag of the board that it has: one that is unchanged costs a reply of no bytes. */
	private poll = async (): Promise<void> => {
		if (document.hidden || !this.polls) return;
		const live = this.state === 'live';
		try {
			const board = await api.board(this.slug);
			this.take(board);
			if (this.state === 'live') this.expect(board.seq);
			else this.say('polling');
		} catch (error) {
			if (missing(error)) this.unread(error);
			else if (this.state !== 'live') this.say('waiting');
			else if (live && unreached(error)) this.drop();
		}
	};

	/** What a live socket does not tell soon it will never tell. */
	private expect(seq: number): void {
		clearTimeout(this.doubt);
		this.doubt = setTimeout(() => this.told < seq && this.drop(), LATE_MS);
	}

	private hurry = (): void => {
		if (!this.again) return void this.poll();
		clearTimeout(this.again);
		this.connect();
	};
}

/**
 * Follows one board: a plain request for the first paint, then a socket that reconnects. Plain requests go on while there is none, and
 * seldom beside it: it may be dead.
 */
export function followBoard(slug: string, handlers: LiveHandlers): () => void {
	const following = new Following(slug, handlers);
	following.begin();
	return following.end;
}
