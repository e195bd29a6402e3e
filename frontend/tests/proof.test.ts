// @vitest-environment jsdom
import { createHash } from 'node:crypto';
import { get } from 'svelte/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api } from '../src/lib/api/client';
import { checking } from '../src/lib/api/proof';
import { sha256 } from '../src/lib/api/sha256';
import { solve } from '../src/lib/api/solve';
import type { Challenge } from '../src/lib/api/types';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const salt = '676f6c64656e20766563746f?expires=1795348800&';
const challengeOf = (number: number, maxnumber = 500): Challenge => ({
	algorithm: 'SHA-256',
	challenge: hash(salt + number),
	maxnumber,
	salt,
	signature: 'signed',
});
const opened = (value: string) => JSON.parse(atob(value)) as unknown;

describe('the hash', () => {
	it('is that of the system, at every length around a block', () => {
		for (let length = 0; length < 200; length++) {
			const text = 'a€x'.repeat(length).slice(0, length);
			expect(sha256(new TextEncoder().encode(text))).toBe(hash(text));
		}
	});
});

describe('the solver', () => {
	it('finds the number, the first and the last included', () => {
		for (const number of [0, 42, 500]) {
			expect(opened(solve(challengeOf(number)) ?? '')).toEqual({
				algorithm: 'SHA-256',
				challenge: hash(salt + number),
				number,
				salt,
				signature: 'signed',
			});
		}
	});

	it('gives up when there is none', () => {
		expect(solve(challengeOf(501))).toBeNull();
	});
});

describe('a request that is asked for work', () => {
	const fetchMock = vi.fn<typeof fetch>();
	const workers: { busy: boolean }[] = [];

	/** A worker without a thread. */
	class DirectWorker {
		busy = false;
		onmessage: (event: { data: string | null }) => void = () => undefined;
		constructor() {
			workers.push(this);
		}
		postMessage(challenge: Challenge) {
			this.busy = get(checking);
			queueMicrotask(() => this.onmessage({ data: solve(challenge) }));
		}
		terminate() {}
	}

	const problem = () =>
		new Response(
			JSON.stringify({
				type: '/problems/proof-of-work-required',
				title: 'T',
				status: 403,
				detail: 'Work.',
			}),
			{ status: 403 },
		);
	const header = (call: number, name: string) =>
		new Headers(fetchMock.mock.calls[call]?.[1]?.headers).get(name);

	beforeEach(() => {
		vi.stubGlobal('fetch', fetchMock);
		vi.stubGlobal('Worker', DirectWorker);
		document.cookie = 'csrftoken=tok';
	});
	afterEach(() => {
		fetchMock.mockReset();
		workers.length = 0;
		vi.unstubAllGlobals();
	});

	it('does it, says so meanwhile, and is sent again with the same key', async () => {
		fetchMock.mockResolvedValueOnce(problem());
		fetchMock.mockResolvedValueOnce(new Response(JSON.stringify(challengeOf(7))));
		fetchMock.mockResolvedValueOnce(new Response(JSON.stringify({ id: 'x' }), { status: 201 }));
		expect(await api.openBattle({ prompt: 'Why?' }, 'key-1')).toEqual({ id: 'x' });
		expect(fetchMock.mock.calls[1]?.[0]).toBe('/api/v1/challenge');
		expect(header(0, 'X-Altcha')).toBeNull();
		expect(opened(header(2, 'X-Altcha') ?? '')).toMatchObject({ number: 7 });
		expect([header(0, 'Idempotency-Key'), header(2, 'Idempotency-Key')]).toEqual([
			'key-1',
			'key-1',
		]);
		expect(workers.map((worker) => worker.busy)).toEqual([true]);
		expect(get(checking)).toBe(false);
	});

	it('does it once and shows the problem when that was not enough', async () => {
		fetchMock.mockResolvedValueOnce(problem());
		fetchMock.mockResolvedValueOnce(new Response(JSON.stringify(challengeOf(7))));
		fetchMock.mockResolvedValueOnce(problem());
		await expect(api.openBattle({ prompt: 'Why?' }, 'key-1')).rejects.toMatchObject({
			code: 'proof-of-work-required',
		});
		expect(fetchMock).toHaveBeenCalledTimes(3);
	});
});
