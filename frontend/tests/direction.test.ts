// @vitest-environment jsdom
import { expect, it } from 'vitest';
import { isDense } from '../src/lib/markdown/dense';
import { directionOf } from '../src/lib/markdown/direction';
import { noHelpers } from '../src/lib/markdown/engine';
import { renderMarkdown } from './rendered';

it.each([
	['שלום world', 'rtl'],
	['12. (مرحبا)', 'rtl'],
	['world שלום', 'ltr'],
	['日本語', 'ltr'],
	['\u200F!', 'rtl'],
	['\u200E!', 'ltr'],
	['𞤀𞤣𞤤𞤢𞤥', 'rtl'],
	['12 + 3', null],
	['', null],
])('%s runs %s', (text, direction) => expect(directionOf(text)).toBe(direction));

function directions(text: string): string[] {
	const dom = document.implementation.createHTMLDocument('').createElement('div');
	dom.innerHTML = renderMarkdown(text, noHelpers());
	return [...dom.querySelectorAll('[dir]')].map(
		(element) => `${element.tagName.toLowerCase()} ${element.getAttribute('dir')}`,
	);
}

it.each([
	['`code` אחרי', ['p rtl', 'code ltr']],
	['[قبل](https://ok.example) then', ['p rtl', 'a rtl']],
	['then [قبل](https://ok.example) and [b](https://ok.example)', ['p ltr', 'a rtl', 'a ltr']],
	['1 + 1', ['p ltr']],
	['# שלום', ['h3 rtl']],
	['- אחת\n  - two', ['li rtl', 'li ltr']],
	['- ```\n  x\n  ```\n- אחת', ['li ltr', 'pre ltr', 'li rtl']],
	['|אחת|b|\n|-|-|', ['th rtl', 'th ltr']],
	['![אחת](https://ok.example/a.png)', ['p ltr', 'a rtl']],
])('each part of %s has the direction of its first word', (text, expected) => {
	expect(directions(text)).toEqual(expected);
});

it('finds words that no language has, and only those', () => {
	expect(isDense('x'.repeat(501))).toBe(true);
	expect(isDense(`<p>some words ${'['.repeat(501)}</p>`)).toBe(true);
	expect(isDense('two words '.repeat(500))).toBe(false);
	expect(isDense('<i>ab</i>'.repeat(500))).toBe(false);
	expect(isDense('日本語の文章、'.repeat(500))).toBe(false);
	expect(isDense('ภาษาไทย'.repeat(500))).toBe(false);
	expect(isDense(`<a href="https://ok.example/${'x'.repeat(900)}">x</a>`)).toBe(false);
});
