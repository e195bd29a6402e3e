import { flushSync } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import Detail from '../src/lib/catalogue/Detail.svelte';
import HealthPage from '../src/lib/operator/HealthPage.svelte';
import Pairing from '../src/routes/operator/pairing/+page.svelte';
import { replies, scripted, show } from './scripted';

// jsdom has no layout.
vi.hoisted(() => {
	window.ResizeObserver = class {
		observe = () => undefined;
		unobserve = () => undefined;
		disconnect = () => undefined;
	};
});

const AT = '2026-11-22T10:00:00Z';
const rows = (among = document.body) =>
	[...among.querySelectorAll('tbody th')].map((cell) => cell.textContent);

async function shown(component: unknown, props: object, words: string): Promise<void> {
	show(component, props);
	await vi.waitFor(() => expect(document.body.textContent).toContain(words));
	flushSync();
}

scripted();

describe('two contenders of one name', () => {
	const share = (slug: string) => ({ slug, name: 'Ada', vendor: 'Acme', sides: 5, share: '0.5' });
	const bounds = { contender_floor: 0, contender_cap: 1, vendor_floor: 0, vendor_cap: 1 };

	it('are two rows of what they were drawn', async () => {
		const pairing = { name: 'uniform', version: 'uniform-1', uniform_share: 1, ...bounds };
		const vendors = [{ vendor: 'Acme', sides: 10, share: '1' }];
		const contenders = [share('ada-1'), share('ada-2')];
		const lists = { rules: [], history: [], boards: [], contenders, vendors };
		replies['GET /operator/pairing'] = [
			{ body: { pairing, ...lists, days: 7, sides: 10, can_change: false } },
		];
		await shown(Pairing, {}, 'Ada');
		expect(rows()).toEqual(['Ada', 'Ada', 'Acme']);
	});

	it('are two troubles when both fail, each with a way to its own', async () => {
		const troubles = ['ada-1', 'ada-2'].map((slug) => ({
			code: 'contender_fails',
			subject: 'Ada',
			slug,
		}));
		const queue = { waiting: 0, running: 0, failed: 0, oldest_seconds: null, workers: 1 };
		const projector = { pending: 0, oldest_seconds: null, entries: 1, boards: [] };
		const spending = { tokens: 0, cost: '0', tokens_limit: 0, cost_limit: '0' };
		replies['GET /operator/health?hours=24'] = [
			{
				body: {
					at: AT,
					hours: 24,
					bars: [],
					contenders: [],
					alarms: 0,
					troubles,
					queue,
					projector,
					spending,
				},
			},
		];
		await shown(HealthPage, {}, 'Ada');
		const ways = [...document.querySelectorAll('[data-testid="health-state"] a')];
		expect(ways.map((way) => way.getAttribute('href'))).toEqual([
			'/operator/contenders#ada-1',
			'/operator/contenders#ada-2',
		]);
	});
});

it('two failures that ended at once are two lines', async () => {
	const faults = ['timed_out', 'malformed'].map((fault) => ({ at: AT, fault }));
	const canary = { reference_at: null, runs: [] };
	replies['GET /operator/contenders/ada?hours=24'] = [
		{ body: { slug: 'ada', state: 'listed', moves: [], events: [], faults, canary } },
	];
	const props = { slug: 'ada', hours: 24, may: false, onedit: vi.fn(), ondone: vi.fn() };
	await shown(Detail, props, 'malformed');
	const lines = [...document.querySelectorAll('code')].map((line) => line.textContent);
	expect(lines).toEqual(['timed_out', 'malformed']);
});
