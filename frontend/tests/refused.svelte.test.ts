import { flushSync } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import Basics from '../src/lib/account/Basics.svelte';
import ContenderForm from '../src/lib/catalogue/ContenderForm.svelte';
import CatalogueDeed from '../src/lib/catalogue/Deed.svelte';
import KeyForm from '../src/lib/catalogue/KeyForm.svelte';
import ProviderForm from '../src/lib/catalogue/ProviderForm.svelte';
import Add from '../src/lib/hooks/Add.svelte';
import PairingForm from '../src/lib/operator/PairingForm.svelte';
import Ask from '../src/lib/payouts/Ask.svelte';
import About from '../src/lib/pools/About.svelte';
import Edit from '../src/lib/pools/Edit.svelte';
import New from '../src/lib/pools/New.svelte';
import ServingForm from '../src/lib/serving/ServingForm.svelte';
import Decide from '../src/lib/submissions/Decide.svelte';
import Form from '../src/lib/submissions/Form.svelte';
import Found from '../src/lib/vendor/Found.svelte';
import Keys from '../src/lib/vendor/Keys.svelte';
import { fetchMock, refused, replies, scripted, show } from './scripted';

const done = () => Promise.resolve();
const around = { ondone: done, onclose: done, onsaved: done, onfound: done, onadd: done };
const providers = [{ slug: 'acme', name: 'Acme' }];
const known = {
	...{ slug: 'one', name: 'One', vendor: 'Acme', provider: 'acme', model: 'one-1', aliases: [] },
	...{ licence: '', openness: 'closed', parameters: '', context: 8192, url: '', links: [] },
	...{ endpoint: 'unknown', system_prompt: '', price_input: null, price_output: null },
	...{ params: { temperature: 0.5 }, state: 'draft' },
};
const submission = {
	...{ id: 's-1', name: 'One', state: 'review', open: true, checks: [], aliases: [] },
	...{ organisation: { slug: 'acme', name: 'Acme' }, at: '2026-11-22T10:00:00Z' },
	...{ protocol: 'openai', base_url: 'https://example.org', model: 'one-1', openness: 'closed' },
};
const pool = {
	...{ slug: 'house', title: 'House', description: '', guidelines: '', licence: '', sides: 2 },
	can: { edit: true },
};
const served = {
	...{ slug: 'house', state: 'active', weight: 1, voters: 1, opens_at: null, closes_at: null },
	...{ cohort: '', contenders: [], votes_budget: null, points_budget: null, cost_budget: null },
};
const pairing = { name: 'even', uniform_share: 1, contender_floor: 0, contender_cap: 1 };
const rules = { pairing: { ...pairing, vendor_floor: 0, vendor_cap: 1 }, rules: [] };
const config = { symbol: { credit: 'EVEN', stablecoin: 'USDC' }, chain: { development: true } };

const all = <T extends Element = HTMLInputElement>(kind: string) => [
	...document.querySelectorAll<T>(kind),
];
const at = (testid: string) => document.querySelector<HTMLInputElement>(`[data-testid=${testid}]`);
const marked = () => all('[aria-invalid=true]');
const alarms = () => all('[role=alert] p').map((one) => one.textContent);

/** What is said of the field with this label. */
function told(label: string): string {
	const of = all<HTMLLabelElement>('label').find((one) => one.textContent === label)?.htmlFor;
	return document.getElementById(`${of}-note`)?.textContent.trim() ?? '';
}

function write(field: HTMLInputElement | null, text: string): void {
	if (field) field.value = text;
	field?.dispatchEvent(new Event('input', { bubbles: true }));
	flushSync();
}

function fill(): void {
	for (const one of all('input:not([type=checkbox], [type=radio]), textarea:not(.code)'))
		if (!one.type.startsWith('date')) write(one, one.type === 'number' ? '2' : 'a1');
}

const soon = () => new Promise((done) => setTimeout(done));

const settled = () =>
	vi.waitFor(() => {
		flushSync();
		expect(marked().length + alarms().length).toBeGreaterThan(0);
	});

const refuse = (...fields: string[]) =>
	refused('invalid-input', 400, {
		errors: fields.map((field) => ({ field, message: `Not as it is: ${field}.` })),
	});

scripted();

beforeEach(() => {
	HTMLDialogElement.prototype.showModal = function () {
		this.open = true;
	};
});

const FORMS: [string, unknown, object, string, string[]][] = [
	[
		...(['a submission', Form, { slug: 'acme', before: submission }, ''] as const),
		[
			...['name', 'aliases.0', 'licence', 'parameters', 'url', 'base_url', 'model', 'key'],
			...['price_input', 'price_output', 'system_prompt', 'note'],
		],
	],
	['a decision', Decide, { submission, may: true }, 'accept', ['slug', 'reason']],
	[
		...(['a provider', ProviderForm, { known: null, presets: [] }, ''] as const),
		[
			...['name', 'slug', 'protocol', 'base_url', 'key', 'max_streams', 'price_input'],
			'price_output',
		],
	],
	[
		...(['a contender', ContenderForm, { known: null, providers }, ''] as const),
		[
			...['name', 'vendor', 'slug', 'provider', 'model', 'licence', 'openness', 'parameters'],
			...['context', 'price_input', 'price_output', 'aliases.0', 'endpoint', 'url'],
			...['links[0].url', 'system_prompt', 'params.temperature', 'params.max_tokens'],
		],
	],
	['a provider’s key', KeyForm, { of: providers[0] }, '', ['key']],
	['a contender’s move', CatalogueDeed, { deed: { kind: 'pause' }, of: known }, '', ['reason']],
	[
		...(['a prompt', Edit, { slug: 'house', prompt: null }, ''] as const),
		['id', 'text', 'category', 'language', 'tags', 'system', 'parameters'],
	],
	['a pool', New, {}, '', ['title', 'slug']],
	['a pool’s words', About, { pool }, '', ['title', 'description', 'guidelines', 'licence']],
	[
		...(['how a pool is served', ServingForm, { served }, ''] as const),
		[
			...['weight', 'voters', 'opens_at', 'closes_at', 'cohort', 'contenders.0'],
			...['votes_budget', 'points_budget', 'cost_budget'],
		],
	],
	[
		...(['pairing', PairingForm, { seen: rules }, ''] as const),
		[
			...['uniform_share', 'contender_floor', 'contender_cap', 'vendor_floor', 'vendor_cap'],
			'reason',
		],
	],
	['a webhook', Add, { slug: 'acme' }, '', ['url', 'description']],
	['an organisation', Found, {}, '', ['name', 'slug', 'website']],
	['a key', Keys, { slug: 'acme', owner: true, now: 0 }, '', ['name']],
	['a veto', Ask, { wanted: { deed: 'veto' }, config, waiting: '0' }, '', ['reason']],
];

describe('what the server refuses', () => {
	it.each(FORMS)('of %s is told at its field', async (_, component, props, press, fields) => {
		const { body, status } = refuse(...fields);
		fetchMock.mockImplementation((_, init) =>
			Promise.resolve(
				init?.method === undefined
					? new Response('{"results":[]}')
					: new Response(JSON.stringify(body), { status }),
			),
		);
		show(component, { ...around, ...props });
		await soon();
		fill();
		(press ? at(press) : document.querySelector<HTMLElement>('[type=submit]'))?.click();
		await settled();
		expect(alarms()).toEqual([]);
		expect(marked()).toHaveLength(fields.length);
		const notes = marked().map((one) => document.getElementById(`${one.id}-note`)?.textContent);
		expect(notes.map((note) => note?.trim()).sort()).toEqual(
			fields.map((field) => `Not as it is: ${field}.`).sort(),
		);
		expect(document.activeElement).toBe(marked()[0]);
	});

	it('is told by the name of its field where it has none here, and else by itself', async () => {
		replies['PATCH /organisations/acme/submissions/s-1'] = [
			refuse('price_input', 'terms_hash', 'non_field_errors', 'price_input_more'),
		];
		show(Form, { ...around, slug: 'acme', before: submission });
		document.querySelector<HTMLElement>('[type=submit]')?.click();
		await settled();
		expect(told('Price of a million tokens in, USD')).toBe('Not as it is: price_input.');
		expect(alarms()).toEqual([
			'terms_hash: Not as it is: terms_hash.',
			'Not as it is: non_field_errors.',
			'price_input_more: Not as it is: price_input_more.',
		]);
	});

	it('behind a fold is unfolded', async () => {
		replies['PATCH /operator/contenders/one'] = [refuse('links[1].url', 'links[2].url')];
		show(ContenderForm, { ...around, known, providers });
		at('contender-save')?.click();
		await settled();
		await vi.waitFor(() => expect(document.querySelector('details')?.open).toBe(true));
		expect(told('Further links')).toBe('Not as it is: links[1].url. Not as it is: links[2].url.');
	});

	it('leads to the first field of its own form, and not away from another', async () => {
		const wrong = { message: 'Wrong.', code: 'wrong', param: 'new_password' };
		const body = { status: 400, errors: [wrong] };
		fetchMock.mockImplementation(() =>
			Promise.resolve(new Response(JSON.stringify(body), { status: 400 })),
		);
		show(Basics, {});
		const open = all<HTMLElement>('button').find((one) => one.textContent === 'Change password');
		open?.click();
		flushSync();
		const field = document.querySelector<HTMLInputElement>('[autocomplete=new-password]');
		expect(document.activeElement).toBe(field);
		const other = document.createElement('form');
		other.append(document.createElement('input'));
		document.body.append(other);
		field?.form?.requestSubmit();
		other.querySelector('input')?.focus();
		await settled();
		await soon();
		expect(document.activeElement).toBe(other.firstChild);
	});
});

describe('a number', () => {
	const CONTENDER = '/operator/contenders/one';
	const sent = () => JSON.parse(String(fetchMock.mock.calls.at(-1)?.[1]?.body)) as object;

	async function save(fields: Record<string, string>): Promise<object> {
		replies[`PATCH ${CONTENDER}`] = [refuse('context')];
		show(ContenderForm, { ...around, known, providers });
		for (const [label, text] of Object.entries(fields)) {
			const of = all<HTMLLabelElement>('label').find((one) => one.textContent === label)?.htmlFor;
			write(document.getElementById(of ?? '') as HTMLInputElement, text);
		}
		at('contender-save')?.click();
		await settled();
		return sent();
	}

	it.each(['128k', '128,000', 'Infinity', '0x'])(
		'that is none, %s, is sent as typed',
		async (text) => {
			expect(await save({ 'Context, tokens': text })).toMatchObject({ context: text });
		},
	);

	it('is sent as one, and none as none', async () => {
		expect(await save({ 'Context, tokens': ' 4096 ' })).toMatchObject({ context: 4096 });
		document.body.replaceChildren();
		expect(await save({ 'Context, tokens': ' ' })).toMatchObject({ context: null });
	});

	it('of the parameters is read with either decimal mark, and a count with none', async () => {
		const fields = { Temperature: '0,7', 'Longest answer, tokens': '128,000' };
		expect(await save(fields)).toMatchObject({
			params: { temperature: 0.7, max_tokens: '128,000' },
		});
	});

	it.each(['', 'many'])(
		'of a provider’s streams, "%s", is refused and not made one',
		async (text) => {
			replies['PATCH /operator/providers/acme'] = [refuse('max_streams')];
			show(ProviderForm, {
				...around,
				known: {
					...providers[0],
					key: 'none',
					protocol: 'openai',
					base_url: 'https://x',
					flags: [],
				},
				presets: [],
			});
			write(at('provider-limit'), text);
			at('provider-save')?.click();
			await settled();
			expect(sent()).toMatchObject({ max_streams: text });
		},
	);
});
