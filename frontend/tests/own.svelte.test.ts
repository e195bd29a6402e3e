import { flushSync, mount, unmount } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import Own from '../src/lib/wallet/Own.svelte';
import { ADA, config, own } from './money';

let shown: Record<string, unknown> | null = null;

const at = (testid: string) => document.querySelector<HTMLElement>(`[data-testid="${testid}"]`);

function show(changes: Parameters<typeof own>[0]) {
	const props = { config: config(), own: own(changes) };
	shown = mount(Own, { target: document.body, props });
	flushSync();
}

afterEach(() => {
	if (shown) void unmount(shown);
});

describe('the linked wallet', () => {
	it('is shown whole', () => {
		show({});
		expect(at('own-wallet')?.textContent).toContain(ADA);
		expect(at('own-elsewhere')).toBeNull();
	});

	it('of another chain is named, with what is to be done', () => {
		show({ wallet: null, elsewhere: ADA });
		expect(at('own-elsewhere')?.textContent).toContain('Link it once more before you convert.');
		expect(at('what-is-a-wallet')).toBeNull();
	});

	it('is explained to whoever has none', () => {
		show({ wallet: null });
		expect(at('what-is-a-wallet')).not.toBeNull();
		expect(at('own-elsewhere')).toBeNull();
	});
});
