import createMarkdownIt, { type MarkdownIt } from 'markdown-it';
import { directionOf, type Direction } from './direction';
import { mathRule } from './math-rule';

/** Heavy helpers that arrive later; until then code is plain and formulas show their source. */
export interface Helpers {
	highlight: null | ((code: string, language: string) => string | null);
	math: null | ((tex: string, display: boolean) => string | null);
	wants: Set<'highlight' | 'math'>;
}

export function noHelpers(): Helpers {
	return { highlight: null, math: null, wants: new Set() };
}

const SAFE_LINK = /^(https?:\/\/[^/\s]|mailto:[^\s])/i;

export function isSafeLink(url: string): boolean {
	return SAFE_LINK.test(url) && URL.canParse(url);
}

const DIRECTED = /^(paragraph|heading|list_item|th|td)_open$/;

type Token = ReturnType<MarkdownIt['parse']>[number];

/** Gives each link of a line the direction of its words; that of the whole line. */
function directLine(children: readonly Token[]): Direction {
	let line: Direction = 'ltr';
	let link: Direction = 'ltr';
	for (const child of children.toReversed()) {
		if (child.type === 'link_close') link = 'ltr';
		// The earlier word has the last say. Code and formulas have a direction of their own.
		const words = child.type === 'text' ? directionOf(child.content) : null;
		if (words) line = link = words;
		if (child.type === 'link_open') child.attrSet('dir', link);
	}
	return line;
}

/**
 * Each paragraph finds its own direction, so that one right-to-left line turns no other around; a
 * list's item goes as its first line.
 */
function directionRule(md: MarkdownIt): void {
	md.core.ruler.push('direction', (state) => {
		let first: Direction = 'ltr';
		for (const token of state.tokens.toReversed()) {
			if (token.type === 'list_item_close') first = 'ltr';
			if (token.children) first = directLine(token.children);
			if (DIRECTED.test(token.type)) token.attrSet('dir', first);
		}
	});
}

const MOST_SPENT = 300_000;

/**
 * A small answer can ask for a gigabyte of page: a definition is written once and used ten thousand
 * times, a formula of two characters becomes a tree. Past so many characters of addresses and
 * formulas an answer's links keep their words alone, and its formulas their source.
 */
function spend(env: { spent?: number }, characters: number): boolean {
	env.spent = (env.spent ?? 0) + characters;
	return env.spent <= MOST_SPENT;
}

const LONGEST_LABEL = 500;
const MOST_SEARCHED = 1_000_000;

/**
 * Without a bound each of many brackets that nothing closes would search all that follows it, and
 * even with one they search the same few lines over and over. Past so many characters of searches
 * that found nothing an answer's brackets are plain text.
 */
function boundLabels(md: MarkdownIt): void {
	const parse = md.helpers.parseLinkLabel;
	md.helpers.parseLinkLabel = (state, start, disableNested) => {
		const env = state.env as { searched?: number };
		if ((env.searched ?? 0) > MOST_SEARCHED) return -1;
		const end = state.posMax;
		state.posMax = Math.min(end, start + LONGEST_LABEL);
		const found = parse(state, start, disableNested);
		if (found < 0) env.searched = (env.searched ?? 0) + state.posMax - start;
		state.posMax = end;
		return found;
	};
}

function linkBudgetRule(md: MarkdownIt): void {
	md.core.ruler.push('link_budget', (state) => {
		for (const token of state.tokens) {
			let linked = false;
			for (const child of token.children ?? []) {
				if (child.type === 'link_open' || child.type === 'link_close') linked = child.nesting > 0;
				if (child.type === 'image') child.meta = { linked };
				const name = child.type === 'link_open' ? 'href' : child.type === 'image' ? 'src' : null;
				if (!name) continue;
				const url = String(child.attrGet(name) ?? '');
				// Titles are never shown.
				child.attrs = spend(state.env as object, url.length) ? [[name, url]] : [];
			}
		}
	});
}

/** Where the headings of one answer stand: the shift its first one set, and the last level drawn. */
export interface Headings {
	shift: number;
	last: number;
}

const PAGE_LEVELS = 2;

/**
 * The page owns the first two heading levels. An answer's first heading comes right below them,
 * whatever it calls itself, and none skips a level, so that the outline can be walked by ear.
 */
function levelFor(headings: Partial<Headings>, own: number): number {
	headings.shift ??= PAGE_LEVELS + 1 - own;
	const wished = Math.max(PAGE_LEVELS + 1, own + headings.shift);
	headings.last = Math.min(6, wished, (headings.last ?? PAGE_LEVELS) + 1);
	return headings.last;
}

function headingRules(md: MarkdownIt): void {
	md.renderer.rules.heading_open = (tokens, index, _options, env) => {
		const headings = ((env as { headings?: Partial<Headings> }).headings ??= {});
		const token = tokens[index];
		const level = levelFor(headings, Number(token?.tag.slice(1)));
		return `<h${level} dir="${String(token?.attrGet('dir'))}">`;
	};
	md.renderer.rules.heading_close = (_tokens, _index, _options, env) =>
		`</h${(env as { headings: Headings }).headings.last}>\n`;
}

/** Alignment is a class: the page's policy refuses style attributes. */
function cellRules(md: MarkdownIt): void {
	for (const name of ['th', 'td']) {
		md.renderer.rules[`${name}_open`] = (tokens, index) => {
			const token = tokens[index];
			const style = String(token?.attrGet('style') ?? '');
			const align = /text-align:\s*(right|center)/.exec(style)?.[1];
			const aligned = align ? ` class="align-${align}"` : '';
			return `<${name} dir="${String(token?.attrGet('dir'))}"${aligned}>`;
		};
	}
	md.renderer.rules.table_open = () => '<div class="table-scroll"><table>\n';
	md.renderer.rules.table_close = () => '</table></div>\n';
}

/** Nothing is ever loaded from elsewhere: an image is a link that says so. */
function imageRule(md: MarkdownIt): void {
	md.renderer.rules.image = (tokens, index, options, env, self) => {
		const token = tokens[index];
		if (!token) return '';
		const alt = self.renderInlineAsText(token.children ?? [], options, env);
		const label = md.utils.escapeHtml(`[image: ${alt}]`);
		const source = String(token.attrGet('src') ?? '');
		const linked = (token.meta as { linked?: boolean } | null)?.linked === true;
		if (linked || !isSafeLink(source)) return label;
		return `<a href="${md.utils.escapeHtml(source)}" dir="${directionOf(alt) ?? 'ltr'}">${label}</a>`;
	};
}

function codeRules(md: MarkdownIt, helpers: Helpers): void {
	const escape = md.utils.escapeHtml;
	md.renderer.rules.fence = (tokens, index) => {
		const token = tokens[index];
		if (!token) return '';
		const language = /^[\w+#.-]{1,24}/.exec(token.info.trim())?.[0]?.toLowerCase() ?? '';
		if (language && !helpers.highlight) helpers.wants.add('highlight');
		const code = helpers.highlight?.(token.content, language) ?? escape(token.content);
		const label = language ? ` data-language="${escape(language)}"` : '';
		return `<pre dir="ltr"${label}><code>${code}</code></pre>\n`;
	};
	md.renderer.rules.code_block = (tokens, index) =>
		`<pre dir="ltr"><code>${escape(tokens[index]?.content ?? '')}</code></pre>\n`;
	md.renderer.rules.code_inline = (tokens, index) => {
		const code = tokens[index]?.content ?? '';
		return `<code dir="${directionOf(code) ?? 'ltr'}">${escape(code)}</code>`;
	};
}

function mathRules(md: MarkdownIt, helpers: Helpers): void {
	const draw = (tex: string, display: boolean, env: { spent?: number }): string => {
		if (!helpers.math) helpers.wants.add('math');
		const drawn = spend(env, 0) ? helpers.math?.(tex, display) : null;
		if (drawn && spend(env, drawn.length)) return drawn;
		return `<code class="tex" dir="ltr">${md.utils.escapeHtml(tex)}</code>`;
	};
	md.renderer.rules.math_inline = (tokens, index, _options, env) => {
		const token = tokens[index];
		const display = (token?.meta as { display?: boolean } | null)?.display === true;
		return draw(token?.content ?? '', display, env as object);
	};
	md.renderer.rules.math_block = (tokens, index, _options, env) =>
		`<p class="formula">${draw(tokens[index]?.content ?? '', true, env as object)}</p>\n`;
}

export function createEngine(helpers: Helpers): MarkdownIt {
	const md = new createMarkdownIt({
		html: false,
		linkify: true,
		breaks: false,
		typographer: false,
	});
	md.validateLink = isSafeLink;
	// "readme.md" is a file far more often than a Moldovan host.
	md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
	mathRule(md);
	boundLabels(md);
	linkBudgetRule(md);
	directionRule(md);
	headingRules(md);
	cellRules(md);
	imageRule(md);
	codeRules(md, helpers);
	mathRules(md, helpers);
	return md;
}
