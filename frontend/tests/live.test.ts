// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followBoard, type LiveState } from '../src/lib/api/live';
import { board } from './fixtures';

/** Sockets as the server would treat them, by hand. */
class FakeSocket {
	static readonly CLOSED = 3;
	static all: FakeSocket[] = [];
	readyState = 0;
	onmessage: ((event: { data: string }) => void) | null = null;
	onclose: ((event: { code: number }) => void) | null = null;

	constructor(readonly url: string) {
		FakeSocket.all.push(this);
	}

	send(seq: number): void {
		this.onmessage?.({ data: JSON.stringify({ type: 'board', ...board(seq) }) });
	}

	close(code = 1006): void {
		this.readyState = FakeSocket.CLOSED;
		this.onclose?.({ code });
	}
}

const MINUTE = 60_000;
const fetchMock = vi.fn<typeof fetch>();
const seqs: number[] = [];
const states: LiveState[] = [];
let gone = 0;
let problems = 0;
let leave: () => void = () => undefined;

const newest = () => FakeSocket.all.at(-1);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const answer = (seq: number) =>
	fetchMock.mockImplementation(() => Promise.resolve(json(board(seq))));
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const refuse = (status: number) => {
	const problem = { type: '/problems/not-found', title: 'T', status, detail: 'No.' };
	fetchMock.mockImplementation(() => Promise.resolve(json(problem, status)));
};

function follow(): void {
	leave = followBoard('overall', {
		onBoard: ({ seq }) => void seqs.push(seq),
		onState: (state) => void states.push(state),
		onMissing: () => void (gone += 1),
		onProblem: () => void (problems += 1),
	});
}

beforeEach(() => {
	vi.useFakeTimers();
	vi.stubGlobal('fetch', fetchMock);
	vi.stubGlobal('WebSocket', FakeSocket);
	FakeSocket.all = [];
	seqs.length = states.length = gone = problems = 0;
	answer(1);
});

afterEach(() => {
	leave();
	fetchMock.mockReset();
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

describe('a board that is followed', () => {
	it('comes by a plain request and then by the socket, never backwards', async () => {
		follow();
		await pass(0);
		newest()?.send(3);
		newest()?.send(2);
		expect(seqs).toEqual([1, 3]);
		expect(states).toEqual(['connecting', 'live']);
		expect(fetchMock).toHaveBeenCalledOnce();
	});

	it('is not asked for again where the socket says that it does not exist', async () => {
		follow();
		newest()?.close(4404);
		await pass(10 * MINUTE);
		expect([gone, FakeSocket.all.length, fetchMock.mock.calls.length]).toEqual([1, 1, 1]);
	});

	it('is not asked for again where the plain request says so', async () => {
		refuse(404);
		follow();
		await pass(10 * MINUTE);
		expect([gone, problems, FakeSocket.all.length]).toEqual([1, 0, 1]);
	});

	it.each([4430, 4503])(
		'waits a minute where there is no room (%i), and is looked up',
		async (code) => {
			follow();
			await pass(0);
			newest()?.close(code);
			await pass(MINUTE - 1);
			expect(FakeSocket.all).toHaveLength(1);
			await pass(1);
			expect(FakeSocket.all).toHaveLength(2);
			expect(states).toEqual(['connecting', 'polling']);
			expect(fetchMock.mock.calls.length).toBeGreaterThanOrEqual(2);
		},
	);

	describe('by a socket that may have died without a word', () => {
		const hidden = vi.spyOn(document, 'hidden', 'get');
		afterEach(() => void hidden.mockReturnValue(false));

		async function live(): Promise<void> {
			follow();
			await pass(0);
			newest()?.send(3);
			answer(3);
			await pass(MINUTE);
			expect([states.at(-1), FakeSocket.all.length]).toEqual(['live', 1]);
		}

		it('is shown as it is within a minute, and has another socket soon after', async () => {
			await live();
			answer(9);
			await pass(MINUTE + 10_000);
			expect(seqs.at(-1)).toBe(9);
			expect([states.at(-1), FakeSocket.all.length]).toEqual(['waiting', 2]);
			newest()?.send(9);
			FakeSocket.all[0]?.send(10);
			await pass(0);
			expect([states.at(-1), seqs.at(-1)]).toEqual(['live', 9]);
		});

		it('keeps one that tells a moment later what was looked up', async () => {
			await live();
			answer(9);
			await pass(MINUTE);
			newest()?.send(9);
			await pass(MINUTE);
			expect([states.at(-1), FakeSocket.all.length]).toEqual(['live', 1]);
		});

		it('is not called live where no request arrives, nor once the device is offline', async () => {
			await live();
			fetchMock.mockImplementation(() => Promise.reject(new TypeError('no connection')));
			window.dispatchEvent(new Event('offline'));
			await pass(0);
			expect(states.at(-1)).toBe('waiting');
			newest()?.send(4);
			expect(states.at(-1)).toBe('waiting');
			window.dispatchEvent(new Event('online'));
			newest()?.send(4);
			expect([states.at(-1), FakeSocket.all.length]).toEqual(['live', 2]);
			await pass(MINUTE);
			expect(states.at(-1)).toBe('waiting');
		});

		it('is live still where the server is only busy', async () => {
			await live();
			refuse(503);
			await pass(5 * MINUTE);
			expect([states.at(-1), FakeSocket.all.length]).toEqual(['live', 1]);
		});

		it('is looked up as soon as somebody sees it again, and not before', async () => {
			await live();
			hidden.mockReturnValue(true);
			const before = fetchMock.mock.calls.length;
			await pass(60 * MINUTE);
			expect(fetchMock.mock.calls.length).toBe(before);
			answer(9);
			hidden.mockReturnValue(false);
			document.dispatchEvent(new Event('visibilitychange'));
			await pass(0);
			expect(seqs.at(-1)).toBe(9);
		});
	});

	it('is looked up twice a minute while no socket can be had, without a word at each try', async () => {
		follow();
		await pass(0);
		const failing = setInterval(() => {
			if (newest()?.readyState !== FakeSocket.CLOSED) newest()?.close();
		}, 100);
		answer(5);
		await pass(10 * MINUTE);
		clearInterval(failing);
		expect(seqs.at(-1)).toBe(5);
		expect(fetchMock.mock.calls.length).toBeGreaterThan(18);
		expect(fetchMock.mock.calls.length).toBeLessThan(24);
		expect(FakeSocket.all.length).toBeGreaterThan(20);
		expect(states).toEqual(['connecting', 'waiting', 'polling']);

		await pass(20_000);
		newest()?.send(6);
		expect(states.at(-1)).toBe('live');
		const asked = fetchMock.mock.calls.length;
		await pass(5 * MINUTE);
		expect(fetchMock.mock.calls.length).toBe(asked + 5);
	});

	it('says that the connection is lost once looking up fails, too', async () => {
		follow();
		await pass(0);
		newest()?.close(4503);
		refuse(503);
		await pass(MINUTE / 2);
		expect(states).toEqual(['connecting', 'polling', 'waiting']);
	});
});
