import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import Treasury from '../src/routes/treasury/+page.svelte';
import { config, epoch, treasury } from './money';
import { settled } from './scripted';

const fetchMock = vi.fn<typeof fetch>();
let shown: object | null = null;
/** How the epochs that are asked for come, one after the other. */
let epochs: ((done: (response: Response) => void, fail: (error: Error) => void) => void)[] = [];

const at = (testid: string) => document.querySelector<HTMLElement>(`[data-testid="${testid}"]`);
const json = (body: unknown) => new Response(JSON.stringify(body), { status: 200 });

beforeEach(() => {
	vi.stubGlobal('fetch', fetchMock);
	fetchMock.mockImplementation((path) => {
		if (path === '/api/v1/credits') return Promise.resolve(json(config()));
		if (path === '/api/v1/treasury')
			return Promise.resolve(json(treasury({ epochs: [epoch(3), epoch(2)] })));
		return new Promise((done, fail) => epochs.shift()?.(done, fail));
	});
});

afterEach(() => {
	if (shown) void unmount(shown as never);
	fetchMock.mockReset();
	vi.unstubAllGlobals();
});

describe('older epochs', () => {
	it('are told to be on their way from the first press on, and what went wrong is told', async () => {
		let fail: (error: Error) => void = () => undefined;
		epochs = [
			(_, refuse) => (fail = refuse),
			(done) => done(json({ results: [epoch(2), epoch(1)], next: null, previous: null })),
		];
		shown = mount(Treasury, { target: document.body });
		await settled();
		at('older')?.click();
		flushSync();
		expect(document.querySelector('.older [role=status]')).not.toBeNull();
		fail(new TypeError('no connection'));
		await settled();
		const alarm = document.querySelector('.older [role=alert]');
		expect(alarm?.textContent).toContain('could not be reached');
		alarm?.querySelector('button')?.click();
		await settled();
		expect(document.querySelector('.older [role=alert]')).toBeNull();
		expect(at('epoch-1')).not.toBeNull();
	});
});
