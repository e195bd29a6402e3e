// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api, newKey } from '../src/lib/api/client';
import { ApiProblem } from '../src/lib/api/problem';

const reply = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
	new Response(JSON.stringify(body), { status, headers });
const problem = (code: string, status: number, extra = {}) =>
	reply(
		{ type: `/problems/${code}`, title: 'T', status, detail: `The ${code}.`, ...extra },
		status,
	);

const fetchMock = vi.fn<typeof fetch>();
const header = (call: number, name: string) =>
	new Headers(fetchMock.mock.calls[call]?.[1]?.headers).get(name);
const path = (call: number) => fetchMock.mock.calls[call]?.[0];

beforeEach(() => {
	vi.stubGlobal('fetch', fetchMock);
	document.cookie = 'csrftoken=tok%3D1';
});

afterEach(() => {
	fetchMock.mockReset();
	vi.unstubAllGlobals();
	document.cookie = 'csrftoken=; max-age=0';
});

async function failure(promise: Promise<unknown>): Promise<ApiProblem> {
	const error: unknown = await promise.then(
		() => null,
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(ApiProblem);
	return error as ApiProblem;
}

describe('requests', () => {
	it('carry the token and the key they were given', async () => {
		fetchMock.mockResolvedValueOnce(reply({ id: 'x' }, 201));
		await api.openBattle({ prompt: 'Why?' }, 'key-1');
		expect(path(0)).toBe('/api/v1/battles');
		expect(header(0, 'X-CSRFToken')).toBe('tok=1');
		expect(header(0, 'Idempotency-Key')).toBe('key-1');
	});

	it('fetch a token first when there is none', async () => {
		document.cookie = 'csrftoken=; max-age=0';
		fetchMock.mockImplementationOnce(() => {
			document.cookie = 'csrftoken=fresh';
			return Promise.resolve(reply({}));
		});
		fetchMock.mockResolvedValueOnce(reply({ id: 'x' }));
		await api.stop('x');
		expect(path(0)).toBe('/api/v1/me');
		expect(header(1, 'X-CSRFToken')).toBe('fresh');
	});

	it('are sent once more, with the same key, when the token was stale', async () => {
		fetchMock.mockResolvedValueOnce(problem('csrf-failed', 403));
		fetchMock.mockResolvedValueOnce(reply({}));
		fetchMock.mockResolvedValueOnce(reply({ id: 'x' }));
		await api.vote('x', { outcome: 'a', turn: 0, attempt: 0 }, 'key-2');
		expect([header(0, 'Idempotency-Key'), header(2, 'Idempotency-Key')]).toEqual([
			'key-2',
			'key-2',
		]);
	});

	it('follow a cursor on this host only', async () => {
		fetchMock.mockResolvedValueOnce(reply({ results: [] }));
		await api.points('https://elsewhere.example/api/v1/me/points?cursor=abc');
		expect(path(0)).toBe('/api/v1/me/points?cursor=abc');
	});

	it('escape what they put into an address', async () => {
		fetchMock.mockResolvedValueOnce(reply({}));
		await api.battle('../me');
		expect(path(0)).toBe('/api/v1/battles/..%2Fme');
	});
});

describe('problems', () => {
	it('carry code, detail, fields and the wait', async () => {
		const errors = [{ field: 'prompt', message: 'Too long.' }];
		fetchMock.mockResolvedValueOnce(problem('invalid-input', 400, { errors, retry_after: 3 }));
		const error = await failure(api.arena());
		expect(error).toMatchObject({
			code: 'invalid-input',
			status: 400,
			retryAfter: 3,
			fields: errors,
		});
		expect(error.message).toBe('The invalid-input.');
	});

	it('read the wait from the header when the body has none', async () => {
		const body = { type: '/problems/busy', title: 'Busy', status: 503, detail: 'Busy.' };
		fetchMock.mockResolvedValueOnce(reply(body, 503, { 'Retry-After': '7' }));
		expect((await failure(api.arena())).retryAfter).toBe(7);
	});

	it('are made of a page that a proxy sent', async () => {
		fetchMock.mockResolvedValueOnce(new Response('<h1>Bad gateway</h1>', { status: 502 }));
		const error = await failure(api.arena());
		expect([error.code, error.status, error.passing]).toEqual(['unreadable', 502, true]);
	});

	it('are made of a missing network', async () => {
		fetchMock.mockRejectedValueOnce(new TypeError('Failed to fetch'));
		const error = await failure(api.arena());
		expect([error.code, error.passing]).toEqual(['offline', true]);
	});

	it.each([
		[400, false],
		[403, false],
		[409, false],
		[429, true],
		[500, true],
		[503, true],
	])('with status %i are passing: %s', (status, passing) => {
		const error = new ApiProblem({ type: '/problems/x', title: 'x', status, detail: '' });
		expect(error.passing).toBe(passing);
	});
});

describe('keys', () => {
	it('are version 4 identifiers, each its own', () => {
		const keys = new Set(Array.from({ length: 100 }, newKey));
		expect(keys.size).toBe(100);
		for (const key of keys) {
			expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
		}
	});
});
