import { api } from './client';
import { backoff } from './stream';
import type { Board } from './types';

export type LiveState = 'connecting' | 'live' | 'waiting';

export interface LiveHandlers {
	onBoard: (board: Board) => void;
	onState: (state: LiveState) => void;
	/** The first reading by plain request failed; the socket goes on trying. */
	onProblem?: (error: unknown) => void;
}

function socketUrl(slug: string): string {
	const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
	return `${scheme}//${location.host}/ws/boards/${encodeURIComponent(slug)}`;
}

/** Follows one board: a plain request for the first paint, then a socket that reconnects. */
export function followBoard(slug: string, handlers: LiveHandlers): () => void {
	let closed = false;
	let failures = 0;
	let last = -2;
	let socket: WebSocket | null = null;
	let timer: ReturnType<typeof setTimeout> | undefined;

	const take = (board: Board) => {
		// A late reply must never bring an older board back.
		if (closed || board.seq < last) return;
		last = board.seq;
		handlers.onBoard(board);
	};

	const connect = () => {
		if (closed) return;
		handlers.onState('connecting');
		socket = new WebSocket(socketUrl(slug));
		socket.onmessage = (event: MessageEvent<string>) => {
			failures = 0;
			handlers.onState('live');
			const frame = JSON.parse(event.data) as Board & { type?: string };
			if (frame.type === 'board') take(frame);
		};
		socket.onclose = () => {
			if (closed) return;
			failures += 1;
			handlers.onState('waiting');
			timer = setTimeout(connect, backoff(failures));
		};
	};

	const hurry = () => {
		if (socket?.readyState !== WebSocket.CLOSED) return;
		clearTimeout(timer);
		connect();
	};

	window.addEventListener('online', hurry);
	api.board(slug).then(take, (error: unknown) => !closed && handlers.onProblem?.(error));
	connect();
	return () => {
		closed = true;
		clearTimeout(timer);
		window.removeEventListener('online', hurry);
		socket?.close();
	};
}
