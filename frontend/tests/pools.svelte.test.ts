import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import Import from '../src/lib/pools/Import.svelte';
import type { Imported, PoolDetail } from '../src/lib/pools/types';

const fetchMock = vi.fn<typeof fetch>();
let shown: Record<string, unknown> | null = null;
/** Of the files sent, in their order: the address, and how to answer it. */
let sent: { url: URL; file: File; answer: (found: Imported) => void }[] = [];

const at = (testid: string) => document.querySelector<HTMLElement>(`[data-testid="${testid}"]`);
const pool = { slug: 'house', upload: { url: '/up?t=1', bytes: 1e6, rows: 1e4 } } as PoolDetail;
const reply = (body: unknown) => new Response(JSON.stringify(body), { status: 200 });
const found = (added: number): Imported => ({
	kind: 'jsonl',
	rows: added,
	counts: { added, changed: 0, left_out: 0, put_away: 0, unchanged: 0 },
	bad: 0,
	exact: 0,
	near: 0,
	problems: [],
	duplicates: [],
	sample: [],
	version: null,
	imported: false,
});

function choose(name: string) {
	const field = at('import-file') as HTMLInputElement;
	Object.defineProperty(field, 'files', { value: [new File(['{}'], name)], configurable: true });
	field.dispatchEvent(new Event('change', { bubbles: true }));
	flushSync();
}

const pick = (value: string) => document.querySelector<HTMLElement>(`[value="${value}"]`)?.click();
const asked = (count: number) => vi.waitFor(() => expect(sent).toHaveLength(count));

async function answer(number: number, added: number) {
	sent[number]?.answer(found(added));
	await new Promise((done) => setTimeout(done));
	flushSync();
}

beforeEach(() => {
	sent = [];
	document.cookie = 'csrftoken=t';
	vi.stubGlobal('fetch', fetchMock);
	fetchMock.mockImplementation((path, init) => {
		const url = new URL(String(path), location.origin);
		if (!url.pathname.startsWith('/up')) return Promise.resolve(reply(pool));
		return new Promise((done) => {
			const take = (body: Imported) => done(reply(body));
			sent.push({ url, file: init?.body as File, answer: take });
		});
	});
	const props = { pool, onimported: () => Promise.resolve() };
	shown = mount(Import, { target: document.body, props });
	flushSync();
});

afterEach(() => {
	if (shown) void unmount(shown);
	fetchMock.mockReset();
	vi.unstubAllGlobals();
});

describe('an import', () => {
	it('is looked at again when a choice changes while the file is being read', async () => {
		choose('a.jsonl');
		await asked(1);
		pick('replace');
		await asked(2);
		expect(sent.map(({ url }) => url.searchParams.get('mode'))).toEqual(['add', 'replace']);

		await answer(1, 7);
		expect(at('import-take')?.textContent).toContain('7');
		await answer(0, 3);
		expect(at('import-take')?.textContent).toContain('7');
	});

	it('takes the file and the choices of the preview that is shown', async () => {
		choose('a.jsonl');
		await asked(1);
		await answer(0, 3);
		pick('replace');
		await asked(2);
		at('import-take')?.click();
		await new Promise((done) => setTimeout(done));
		expect(sent).toHaveLength(2);
		expect(at('import-take')?.getAttribute('aria-disabled')).toBe('true');

		choose('b.jsonl');
		await asked(3);
		await answer(1, 5);
		expect(at('import-take')).toBeNull();
		await answer(2, 9);
		at('import-take')?.click();
		await asked(4);
		expect(sent[3]?.file.name).toBe('b.jsonl');
		expect(Object.fromEntries(sent[3]?.url.searchParams ?? [])).toMatchObject({
			mode: 'replace',
			leave_out: 'none',
			after: '0',
		});
		expect(sent[3]?.url.searchParams.has('preview')).toBe(false);
	});

	it('leaves nothing to change while it runs', async () => {
		choose('a.jsonl');
		await asked(1);
		await answer(0, 3);
		at('import-take')?.click();
		await asked(2);
		flushSync();
		expect(at('import-leave-out')).toHaveProperty('disabled', true);
		choose('b.jsonl');
		await answer(1, 3);
		expect(at('import-done')).not.toBeNull();
		expect(sent).toHaveLength(2);
	});
});
