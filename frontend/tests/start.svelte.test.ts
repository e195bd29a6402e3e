import { flushSync } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { draft } from '../src/lib/battle/drafts';
import Start from '../src/lib/battle/Start.svelte';
import { visit } from './app/state';
import { replies, scripted, show, settled } from './scripted';

// jsdom has no media queries.
vi.hoisted(() => {
	const query = { matches: false, addEventListener: () => null, removeEventListener: () => null };
	window.matchMedia = () => query as unknown as MediaQueryList;
});

const CHIP = { id: 'chip', text: 'Why is the sky blue?' };
const DRAWN = { id: 'drawn', text: 'Which is heavier?', guidelines: '', voters: 1 };
const at = (testid: string) =>
	document.querySelector(`[data-testid="${testid}"]`) as HTMLTextAreaElement;
const offer = () => at('aside').querySelector('button');
let give: () => void;

function press(button: HTMLElement | null): void {
	button?.click();
	flushSync();
}

function type(words: string): void {
	at('prompt').value = words;
	at('prompt').dispatchEvent(new Event('input', { bubbles: true }));
	flushSync();
}

scripted();
beforeEach(async () => {
	visit('/');
	replies['GET /prompts/suggestions?n=4&language=en'] = [{ body: { results: [CHIP] } }];
	const drawn = new Promise<Response>(
		(done) => (give = () => done(new Response(JSON.stringify(DRAWN)))),
	);
	replies['GET /prompts/draw?language=en'] = [drawn];
	show(Start, {});
	await settled();
});

describe('a prompt that is asked for', () => {
	it('comes into a field that is as it was', async () => {
		press(at('draw'));
		give();
		await settled();
		expect([at('prompt').value, offer()]).toEqual([DRAWN.text, null]);
	});

	it('is offered beside what was written while it was on its way', async () => {
		press(at('draw'));
		type('Why do I');
		give();
		await settled();
		expect([at('prompt').value, draft('start')]).toEqual(['Why do I', 'Why do I']);
		expect(at('aside').textContent).toContain('Your prompt has come');
		press(offer());
		expect([at('prompt').value, document.activeElement]).toEqual([DRAWN.text, at('prompt')]);
		press(offer());
		expect(at('prompt').value).toBe('Why do I');
	});
});

describe('words that a prompt replaces', () => {
	const chip = () => document.querySelector<HTMLElement>('.chip');

	it('can be put back, and whoever does not see it is told', () => {
		const told = at('aside');
		expect([told.getAttribute('role'), told.textContent.trim()]).toEqual(['status', '']);
		type('A long question of mine');
		press(chip());
		expect(at('prompt').value).toBe(CHIP.text);
		expect(at('aside')).toBe(told);
		expect(told.textContent).toContain('Put my words back');
		press(offer());
		expect([at('prompt').value, draft('start')]).toEqual(Array(2).fill('A long question of mine'));
		expect([offer(), document.activeElement]).toEqual([null, at('prompt')]);
	});

	it('are none where a prompt replaces a prompt', async () => {
		press(chip());
		press(at('draw'));
		give();
		await settled();
		expect([at('prompt').value, offer()]).toEqual([DRAWN.text, null]);
	});

	it('stay on offer over more than one prompt', async () => {
		type('Mine');
		press(chip());
		press(at('draw'));
		give();
		await settled();
		press(offer());
		expect(at('prompt').value).toBe('Mine');
	});

	const offers = () => [...at('aside').querySelectorAll('button')];

	it('stay on offer beside a prompt that comes, and when that is put in', async () => {
		type('Mine');
		press(chip());
		press(at('draw'));
		type('Why is the sky red?');
		give();
		await settled();
		const [putBack, putIn] = offers();
		expect([putBack?.textContent, putIn?.textContent]).toEqual([
			'Put my words back',
			'Put it in the field',
		]);
		press(putIn ?? null);
		expect([at('prompt').value, offers().length]).toEqual([DRAWN.text, 1]);
		press(offer());
		expect(at('prompt').value).toBe('Why is the sky red?');
		press(offer());
		expect(at('prompt').value).toBe('Mine');
	});

	it('change places with a prompt that was edited', () => {
		type('Mine');
		press(chip());
		type('Why is the sky red?');
		press(offer());
		expect(at('prompt').value).toBe('Mine');
		press(offer());
		expect(at('prompt').value).toBe('Why is the sky red?');
	});
});
