// @vitest-environment jsdom
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine, noHelpers, type Helpers } from '../src/lib/markdown/engine';
import { highlight } from '../src/lib/markdown/highlight';
import { math } from '../src/lib/markdown/math';
import { sanitise } from '../src/lib/markdown/sanitise';
import { BOMBS, HOSTILE } from './hostile';
import { render, renderMarkdown } from './rendered';

const FORBIDDEN =
	'script, style, link, meta, base, iframe, frame, object, embed, form, input, button, select, ' +
	'textarea, img, picture, source, video, audio, svg, template, dialog, details, annotation, ' +
	'annotation-xml, maction, mglyph, noscript, marquee, custom-element';
const LOADING = new Set(
	'src srcset srcdoc poster data action formaction background ping style id name'.split(' '),
);

const HARMLESS = 'A plain sentence of a plain answer, with some words in it.\n\n'.repeat(1_640);

let helpers: Helpers;

beforeAll(() => {
	helpers = { ...noHelpers(), highlight, math };
});

function parse(html: string): HTMLElement {
	const holder = document.implementation.createHTMLDocument('').createElement('div');
	holder.innerHTML = html;
	return holder;
}

function expectHarmless(dom: HTMLElement): void {
	expect([...dom.querySelectorAll(FORBIDDEN)].map((element) => element.tagName)).toEqual([]);
	for (const element of dom.querySelectorAll('*')) {
		for (const { name, value } of element.attributes) {
			expect(name.startsWith('on'), `${name} on ${element.tagName}`).toBe(false);
			expect(LOADING.has(name), `${name} on ${element.tagName}`).toBe(false);
			expect(name === 'href' ? element.tagName : 'A').toBe('A');
			expect(name.includes(':'), name).toBe(false);
			expect(value).not.toMatch(/javascript:|vbscript:|url\(/i);
			expect(name === 'class' ? value : '').not.toMatch(/button|primary|sr-only|notice/);
		}
	}
	for (const link of dom.querySelectorAll('a[href]')) {
		expect(link.getAttribute('href')).toMatch(/^(https?:\/\/[^/]|mailto:)/i);
		expect(URL.canParse(link.getAttribute('href') ?? ''), String(link.getAttribute('href'))).toBe(
			true,
		);
		expect(link.getAttribute('rel')).toBe('noopener noreferrer nofollow ugc');
		expect(link.getAttribute('target')).toBe('_blank');
	}
}

describe('a hostile answer', () => {
	it.each(HOSTILE)('does no harm as Markdown: %s', (snippet) => {
		expectHarmless(parse(renderMarkdown(snippet, helpers)));
	});

	it.each(HOSTILE)('does no harm even as HTML: %s', (snippet) => {
		expectHarmless(parse(sanitise(snippet)));
	});

	it('does no harm when all of it is one text', () => {
		expectHarmless(parse(renderMarkdown(HOSTILE.join('\n\n'), helpers)));
		expectHarmless(parse(sanitise(HOSTILE.join('\n'))));
	});

	it('stays harmless when its result is cleaned again', () => {
		const once = sanitise(HOSTILE.join('\n'));
		expect(sanitise(once)).toBe(once);
	});
});

describe('an answer that wants to use up the reader', () => {
	it.each(BOMBS)('is parsed in a bounded multiple of a harmless one: %s', (_, bomb) => {
		const md = createEngine(helpers);
		const once = (text: string) => {
			const began = performance.now();
			const html = md.render(text, { references: {} });
			return { took: performance.now() - began, length: html.length };
		};
		// The better of two: other work on this machine is no fault of the text.
		const timed = (text: string) => {
			const first = once(text);
			return first.took < 500 ? first : { ...first, took: Math.min(first.took, once(text).took) };
		};
		timed(HARMLESS);
		const harmless = timed(HARMLESS);
		// A stream shows every beginning of it, too.
		for (const part of [0.6, 0.75, 1]) {
			const text = bomb.slice(0, bomb.length * part);
			const hostile = timed(text);
			expect(hostile.length, `at ${part}`).toBeLessThan(40 * text.length);
			expect(hostile.took, `at ${part}`).toBeLessThan(60 * Math.max(harmless.took, 20));
		}
	});

	it('leaves brackets as they are where too many lead nowhere; no address is lost', () => {
		const text = `[first](https://ok.example)\n\n${'!['.repeat(20_000)}\n\n[last](https://ok.example)`;
		const dom = parse(renderMarkdown(text, helpers));
		expect([...dom.querySelectorAll('a')].map((link) => link.textContent)).toEqual([
			'first',
			'https://ok.example',
		]);
		expect(dom.textContent?.trim().endsWith('![\n[last](https://ok.example)')).toBe(true);
	});

	it('still finds every link among brackets that are none', () => {
		const text = 'a[i] and [ and [word](https://ok.example)\n\n'.repeat(300);
		expect(parse(renderMarkdown(text, helpers)).querySelectorAll('a')).toHaveLength(300);
	});

	it('keeps the words of links whose addresses have become too much', () => {
		const text = `[a]: https://ok.example/${'x'.repeat(90_000)}\n\n${'[a] '.repeat(10)}`;
		const dom = parse(renderMarkdown(text, helpers));
		expect(dom.textContent?.trim()).toBe('a '.repeat(10).trim());
		expect(dom.querySelectorAll('a[href]')).toHaveLength(3);
	});

	it('loses no word of formulas that have become too much', () => {
		const formulas = '$a$ '.repeat(20_000);
		const few = parse(renderMarkdown(formulas.slice(0, 8_000), helpers));
		expect(few.querySelectorAll('math')).toHaveLength(2_000);
		const { html, rest } = render(`Before.\n\n${formulas}`, helpers);
		expect(parse(html).textContent?.trim()).toBe('Before.');
		expect(rest).toBe(formulas);
	});

	it('does not look for the end of a formula farther than a formula goes', () => {
		const far = 'x'.repeat(5_000);
		expect(parse(renderMarkdown(`\\(${far}\\)`, helpers)).querySelector('.tex, math')).toBeNull();
		const lines = 'x\n'.repeat(3_000);
		expect(parse(renderMarkdown(`$$\n${lines}$$`, helpers)).querySelector('.tex, math')).toBeNull();
	});
});

describe('an honest answer', () => {
	it('keeps its links, and says that they are of others', () => {
		const link = parse(renderMarkdown('[a](https://ok.example/x?y=1)', helpers)).querySelector('a');
		expect(link?.getAttribute('href')).toBe('https://ok.example/x?y=1');
		expect(link?.rel).toContain('nofollow');
	});

	it('shows an image as words, linked but never loaded', () => {
		const dom = parse(renderMarkdown('![a *cat*](https://ok.example/cat.png)', helpers));
		expect(dom.textContent?.trim()).toBe('[image: a cat]');
		expect(dom.querySelector('a')?.getAttribute('href')).toBe('https://ok.example/cat.png');
	});

	it('shows HTML as the text it is', () => {
		expect(parse(renderMarkdown('<b>bold</b>', helpers)).textContent?.trim()).toBe('<b>bold</b>');
	});

	it('draws formulas as MathML without their source', () => {
		const dom = parse(renderMarkdown('So $x^2$ is it.', helpers));
		expect(dom.querySelector('math msup')).not.toBeNull();
		expect(dom.textContent?.replace(/\s+/g, ' ').trim()).toBe('So x2 is it.');
	});

	it('leaves money alone', () => {
		const dom = parse(renderMarkdown('It costs $5 or $6, not $ 7 $.', helpers));
		expect(dom.querySelector('math')).toBeNull();
	});

	it('shows a formula it cannot draw as its source', () => {
		expect(parse(renderMarkdown('$\\nope{$', helpers)).textContent).toContain('\\nope{');
	});

	it('colours code by class alone', () => {
		const dom = parse(renderMarkdown('```python\ndef f(): return 1\n```', helpers));
		expect(dom.querySelector('.hljs-keyword')?.textContent).toBe('def');
		expect(dom.querySelector('[style]')).toBeNull();
	});

	it('aligns table cells by class', () => {
		const dom = parse(renderMarkdown('| a |\n| --: |\n| 1 |', helpers));
		expect(dom.querySelector('td')?.className).toBe('align-right');
	});

	it('keeps right-to-left text and its marks, isolated in its own paragraph', () => {
		const text = 'שלום \u202Eabc\u202C world';
		const dom = parse(
			renderMarkdown(`${text}\n\n[עוד \u202Ex](https://ok.example) \`\u202Ey\``, helpers),
		);
		expect(dom.querySelector('p')?.textContent).toBe(text);
		const directions = [...dom.querySelectorAll('p, a, code')].map((one) =>
			one.getAttribute('dir'),
		);
		expect(directions).toEqual(['rtl', 'rtl', 'rtl', 'ltr']);
	});

	it("walks its headings in steps, below the page's own", () => {
		const dom = parse(renderMarkdown('## One\n\n###### Six\n\n## Two\n\n# Three', helpers));
		expect([...dom.children].map((child) => child.tagName)).toEqual(['H3', 'H4', 'H3', 'H3']);
	});
});
