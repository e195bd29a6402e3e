// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { noHelpers, type Helpers } from '../src/lib/markdown/engine';
import { highlight } from '../src/lib/markdown/highlight';
import { createEngine } from '../src/lib/markdown/engine';
import { Incremental } from '../src/lib/markdown/incremental';
import { math } from '../src/lib/markdown/math';
import { sanitise } from '../src/lib/markdown/sanitise';
import { HOSTILE } from './hostile';
import { seeded } from './fixtures';
import { renderMarkdown } from './rendered';

const TEXTS: Record<string, string> = {
	prose: 'One line\nand its second.\n\nAnother **bold *and* slanted** one.\n\n\n\nLast `code`.',
	headings: 'Setext\n======\n\ntext\n# Hash\n#tag is text\n## Two ##\nafter\n---\nend',
	lists:
		'- a\n- b\n\n  still b\n    - deep\n\n- c\n\ntext\n\n1. one\n2. two\n\n   more\n\n* other\n* list\n5) paren\n',
	fences:
		'Before\n```python\ndef f():\n\n    return "```"\n```\nafter\n\n~~~\nopen to the end\n\n# no heading',
	tables: '| a | b |\n| --- | ---: |\n| 1 | 2 |\n| x | `|` |\n\nafter\n\na | b\n--|--\nno | end',
	quotes:
		'> quoted\nlazy\n> - list\n>\n> > deep\n\nout\n\n    indented code\n\n    more of it\n\nend',
	math: 'Inline $a_1 + b$ and \\(c\\).\n\n$$\n\\frac{1}{2}\n$$\n\n\\[ x\n= y \\]\n\nIt costs $5 and $6.\n\n$$ open',
	references:
		'[early][r] and [other]\n\n- [in list][r]\n\n[r]: https://ok.example/r\n\ntext [r]\n\n[other]: https://ok.example/o "t"\n',
	mixed:
		'***\n\nhello\r\nworld\r\n\r\n- [ ] task\n\n1986\\. A year\n\n日本語 **強調** ok\n\n\\*not\\*\n\nhttps://ok.example/a_b_c',
	hostile: HOSTILE.join('\n\n'),
};

const helpers: Helpers = { ...noHelpers(), highlight, math };

function full(text: string): string {
	const source = text.replace(/\r\n?/g, '\n');
	return sanitise(createEngine(helpers).render(source, { references: {} }));
}

function inCuts(text: string, seed: number): string {
	const random = seeded(seed);
	const reader = new Incremental(helpers);
	// Long texts get longer cuts: cleaning is slow in the tests' own document.
	const longest = Math.max(24, text.length / 10);
	let at = 0;
	while (at < text.length) {
		at = Math.min(text.length, at + 1 + Math.floor(random() ** 3 * longest));
		reader.update(text.slice(0, at), false);
	}
	return reader.update(text, true).join('');
}

const tidy = (html: string) => html.replace(/\s*\n\s*/g, '\n').trim();

describe('incremental Markdown', () => {
	it.each(Object.entries(TEXTS))('draws %s as if it had come at once', (_, text) => {
		expect(tidy(renderMarkdown(text, helpers))).toBe(tidy(full(text)));
		for (let seed = 1; seed <= (text.length > 1000 ? 1 : 8); seed += 1) {
			expect(tidy(inCuts(text, seed)), `seed ${seed}`).toBe(tidy(full(text)));
		}
	});

	it('draws what is there so far at every cut', () => {
		const reader = new Incremental(helpers);
		const text = TEXTS.lists ?? '';
		for (let at = 1; at <= text.length; at += 1) {
			const blocks = reader.update(text.slice(0, at), false);
			expect(tidy(blocks.join('')), `at ${at}`).toBe(tidy(full(text.slice(0, at))));
		}
	});

	it('never draws a finished block again', () => {
		const reader = new Incremental(helpers);
		const drawn: string[] = [];
		const spied = reader as unknown as { draw: (source: string, env: object) => string };
		const draw = spied.draw.bind(reader);
		spied.draw = (source, env) => {
			drawn.push(source);
			return draw(source, env);
		};
		let text = '';
		for (let index = 0; index < 200; index += 1)
			reader.update((text += `Paragraph ${index}.\n\n`), false);
		const longest = Math.max(...drawn.map((source) => source.length));
		expect(longest).toBeLessThan(60);
	});

	it('draws only so much, and leaves the rest as it is, however it arrives', () => {
		const block = 'A *b* **c** `d` ~~e~~.\n\n';
		const text = block.repeat(40);
		const reader = new Incremental(helpers, 200);
		for (const part of [0.3, 0.5, 0.9]) {
			const begun = text.slice(0, text.length * part);
			const drawn = reader.update(begun, false).length;
			if (part < 0.5) expect(drawn).toBe(Math.ceil(begun.length / block.length));
			else expect(begun.endsWith(reader.rest)).toBe(true);
		}
		const blocks = reader.update(text, true);
		expect(reader.rest.length).toBeGreaterThan(0);
		expect(blocks.length * block.length + reader.rest.length).toBe(text.length);
		reader.redraw();
		expect(reader.update(text, true)).toEqual(blocks);
		expect(new Incremental(helpers, 200).update(text, true)).toEqual(blocks);
	});

	it('leaves one huge block as it is, and draws what was before it', () => {
		const reader = new Incremental(helpers);
		const table = '|a|b|\n|-|-|\n' + '|1|2|\n'.repeat(16_000);
		expect(reader.update(`Before.\n\n${table}`, false)).toHaveLength(1);
		expect(reader.rest).toBe(table);
		reader.update('Another answer.', true);
		expect(reader.rest).toBe('');
	});

	it('starts over when the text was replaced', () => {
		const reader = new Incremental(helpers);
		reader.update('Old text.\n\nMore.\n\nEnd', false);
		expect(reader.update('New text.', true).join('')).toBe(full('New text.'));
	});

	it('colours and draws what waited for a helper once that has come', () => {
		const late = noHelpers();
		const reader = new Incremental(late);
		const text = '```python\ndef f(): pass\n```\n\n$x$\n';
		const plain = reader.update(text, true).join('');
		expect([...late.wants].sort()).toEqual(['highlight', 'math']);
		expect(plain).not.toContain('hljs');
		Object.assign(late, { highlight, math });
		reader.redraw();
		const drawn = reader.update(text, true).join('');
		expect(drawn).toContain('hljs-keyword');
		expect(drawn).toContain('<math');
	});
});
