import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, vi } from 'vitest';

export type Reply = { body: unknown; status?: number } | 'lost' | Promise<Response>;

/** What the server says next, by method and path; where nothing is said it cannot be reached. */
export const replies: Record<string, Reply[]> = {};
export const fetchMock = vi.fn<typeof fetch>();
let shown: object[] = [];

export const refused = (code: string, status: number, more: object = {}) => ({
	body: { type: `/problems/${code}`, title: 'T', status, detail: code, ...more },
	status,
});

const pathOf = (url: RequestInfo | URL) => String(url).slice('/api/v1'.length);

/** The requests of this kind so far. */
export const asked = (method: string, path: string) =>
	fetchMock.mock.calls.filter(
		([url, init]) => (init?.method ?? 'GET') === method && pathOf(url) === path,
	);

/** Puts a component on the page until the test ends. */
export function show(component: unknown, props: object): void {
	shown.push(mount(component as never, { target: document.body, props } as never));
	flushSync();
}

/** Lets what has been answered come through to the page; `ms`: and so long. */
export async function settled(ms = 0): Promise<void> {
	for (let turn = 0; turn < 5; turn++) await new Promise((done) => setTimeout(done, ms / 5));
	flushSync();
}

/** Takes off the page what is on it, as going elsewhere does. */
export function leave(): void {
	for (const one of shown) void unmount(one as never);
	shown = [];
}

/** Has each test of a file begin with a server that says nothing and an empty page, device and session. */
export function scripted(): void {
	beforeEach(() => {
		for (const key of Object.keys(replies)) replies[key] = [];
		vi.stubGlobal('fetch', fetchMock);
		fetchMock.mockImplementation((input, init) => {
			const reply = replies[`${init?.method ?? 'GET'} ${pathOf(input)}`]?.shift() ?? 'lost';
			if (reply === 'lost') return Promise.reject(new TypeError('no connection'));
			if (reply instanceof Promise) return reply;
			return Promise.resolve(
				new Response(JSON.stringify(reply.body), { status: reply.status ?? 200 }),
			);
		});
		document.cookie = 'csrftoken=t';
	});

	afterEach(() => {
		leave();
		document.body.replaceChildren();
		fetchMock.mockReset();
		localStorage.clear();
		sessionStorage.clear();
	});
}

/** The idempotency keys of what was posted to an address. */
export const keysOf = (path: string) =>
	asked('POST', path).map(([, init]) => new Headers(init?.headers).get('Idempotency-Key'));
