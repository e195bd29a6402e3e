import type { MarkdownIt } from 'markdown-it';

/** Finds TeX between `$…$`, `$$…$$`, `\(…\)` and `\[…\]`; how it is drawn is the renderer's affair. */

const PAIRS: readonly { open: string; close: string; display: boolean }[] = [
	{ open: '$$', close: '$$', display: true },
	{ open: '\\[', close: '\\]', display: true },
	{ open: '\\(', close: '\\)', display: false },
];

/**
 * No formula is longer, in characters and in lines: what opens one and never ends it must not make
 * every such opening search the whole answer.
 */
export const LONGEST_FORMULA = 4_000;
const MOST_LINES = 100;

function isEscaped(text: string, at: number): boolean {
	let slashes = 0;
	while (text[at - slashes - 1] === '\\') slashes += 1;
	return slashes % 2 === 1;
}

/** "It costs $5 or $6" must stay money: the rule of Pandoc for single dollars. */
function dollarEnd(text: string, start: number): number {
	if (/\s/.test(text[start + 1] ?? ' ')) return -1;
	for (let at = text.indexOf('$', start + 1); at > 0; at = text.indexOf('$', at + 1)) {
		if (at > start + LONGEST_FORMULA) return -1;
		if (isEscaped(text, at)) continue;
		const spaced = /\s/.test(text[at - 1] ?? ' ');
		return spaced || /\d/.test(text[at + 1] ?? '') || at === start + 1 ? -1 : at;
	}
	return -1;
}

/** Where each closing mark stands next: a thousand openings of one line share a single search. */
class Closings {
	private text = '';
	private readonly seen = new Map<string, { from: number; at: number }>();

	/** The first `close` at or after `from`; Infinity if there is none. */
	find(text: string, close: string, from: number): number {
		if (text !== this.text) this.seen.clear();
		this.text = text;
		const known = this.seen.get(close);
		if (known && from >= known.from && from <= known.at) return known.at;
		const found = text.indexOf(close, from);
		const at = found < 0 ? Infinity : found;
		this.seen.set(close, { from, at });
		return at;
	}
}

interface Found {
	tex: string;
	end: number;
	display: boolean;
}

export function findInline(text: string, start: number, next = new Closings()): Found | null {
	for (const { open, close, display } of PAIRS) {
		if (!text.startsWith(open, start)) continue;
		const from = start + open.length;
		const at = next.find(text, close, from);
		if (at <= from || at > from + LONGEST_FORMULA) return null;
		return { tex: text.slice(from, at), end: at + close.length, display };
	}
	if (text[start] !== '$') return null;
	const end = dollarEnd(text, start);
	return end < 0 ? null : { tex: text.slice(start + 1, end), end: end + 1, display: false };
}

interface OpenBlock {
	pair: (typeof PAIRS)[number];
	first: string;
}

function opensBlock(line: string): OpenBlock | null {
	for (const pair of PAIRS) {
		if (pair.display && line.startsWith(pair.open)) {
			return { pair, first: line.slice(pair.open.length) };
		}
	}
	return null;
}

type BlockRule = Parameters<MarkdownIt['block']['ruler']['before']>[2];
type InlineRule = Parameters<MarkdownIt['inline']['ruler']['before']>[2];

const blockRule: BlockRule = (state, startLine, endLine, silent) => {
	const lineAt = (line: number) =>
		state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]);
	const open = opensBlock(lineAt(startLine).trim());
	if (!open) return false;
	const lines: string[] = [];
	for (let line = startLine; line < Math.min(endLine, startLine + MOST_LINES); line += 1) {
		const text = line === startLine ? open.first : lineAt(line).trimEnd();
		if (line > startLine && (state.sCount[line] ?? 0) < state.blkIndent) return false;
		if (text.endsWith(open.pair.close)) {
			if (silent) return true;
			lines.push(text.slice(0, -open.pair.close.length));
			const token = state.push('math_block', 'math', 0);
			token.content = lines.join('\n').trim();
			token.map = [startLine, line + 1];
			state.line = line + 1;
			return true;
		}
		if (text.includes(open.pair.close)) return false;
		lines.push(text);
	}
	return false;
};

function inlineRule(): InlineRule {
	const next = new Closings();
	return (state, silent) => {
		const char = state.src[state.pos];
		if (char !== '$' && char !== '\\') return false;
		const found = findInline(state.src, state.pos, next);
		if (!found || found.end > state.posMax) return false;
		if (!silent) {
			const token = state.push('math_inline', 'math', 0);
			token.content = found.tex.trim();
			token.meta = { display: found.display };
		}
		state.pos = found.end;
		return true;
	};
}

export function mathRule(md: MarkdownIt): void {
	md.inline.ruler.before('escape', 'math_inline', inlineRule());
	md.block.ruler.before('paragraph', 'math_block', blockRule, {
		alt: ['paragraph', 'reference', 'blockquote', 'list'],
	});
}
