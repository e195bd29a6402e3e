import type { Env as MarkdownEnv, MarkdownIt } from 'markdown-it';

import { createEngine, type Headings, type Helpers } from './engine';
import { sanitise } from './sanitise';

interface Env extends MarkdownEnv {
	references: NonNullable<MarkdownEnv['references']>;
	headings: Partial<Headings>;
	/** Characters of addresses and formulas so far. */
	spent: number;
	searched: number;
	/** Elements so far. */
	drawn: number;
}
interface Finished {
	source: string;
	html: string;
}

/** Several times what the richest honest answer has; twice as many would hold the page up for seconds. */
const MOST_ELEMENTS = 10_000;
/** What a block costs beside its elements: it is cleaned and put into the page by itself. */
const BLOCK_ELEMENTS = 4;

function elements(html: string): number {
	return BLOCK_ELEMENTS + (html.match(/<[a-z]/g)?.length ?? 0);
}

const start = (): Env => ({ references: {}, headings: {}, spent: 0, searched: 0, drawn: 0 });

/**
 * Markdown of a text that grows at its end. Blocks that can no longer change are drawn once and
 * never again, so a long answer costs no more a frame than its last block does. Where an answer has
 * become too much to draw, the rest of it is left as it is.
 */
export class Incremental {
	private readonly md: MarkdownIt;
	private finished: Finished[] = [];
	private stable = '';
	private env: Env = start();
	private known = 0;
	private full = false;
	/** The end of the text that is not drawn, because the blocks are as many as a page can bear. */
	rest = '';

	constructor(
		helpers: Helpers,
		private readonly most = MOST_ELEMENTS,
	) {
		this.md = createEngine(helpers);
	}

	/** The blocks of `raw`, as safe HTML. With `done` nothing more will follow. */
	update(raw: string, done: boolean): string[] {
		const text = raw.replace(/\r\n?/g, '\n').replace(/\0/g, '\uFFFD');
		if (!text.startsWith(this.stable)) this.reset();
		if (!this.full) this.settle(text.slice(this.stable.length), done);
		const rest = text.slice(this.stable.length);
		const last = this.full || !rest.trim() ? null : this.draw(rest, this.scratch());
		this.full ||= last === null && rest.trim() !== '';
		this.rest = this.full ? rest : '';
		const blocks = this.finished.map((block) => block.html);
		return last === null ? blocks : [...blocks, last];
	}

	/** Finishes all blocks of `tail` that can no longer change. */
	private settle(tail: string, done: boolean): void {
		// The last line may still become something else ("#" may become "#tag"); whole lines may not.
		const whole = done ? tail : tail.slice(0, tail.lastIndexOf('\n') + 1);
		const starts = this.starts(whole);
		for (const [index, begin] of starts.entries()) {
			const end = starts[index + 1] ?? (done ? tail.length : null);
			if (end !== null && !this.full) this.finish(tail.slice(index === 0 ? 0 : begin, end));
		}
		this.refreshReferences();
	}

	/** Draws the finished blocks again: a helper has arrived. */
	redraw(): void {
		const before = this.finished;
		this.env = { ...start(), references: this.env.references };
		this.finished = [];
		this.stable = '';
		this.full = false;
		for (const { source } of before) if (!this.full) this.finish(source);
	}

	private reset(): void {
		this.finished = [];
		this.stable = '';
		this.env = start();
		this.known = 0;
		this.full = false;
	}

	/** Where each outermost block begins. Whatever precedes a begun block is settled. */
	private starts(source: string): number[] {
		const tokens: ReturnType<MarkdownIt['parse']> = [];
		this.md.block.parse(source, this.md, this.scratch(), tokens);
		const lines = tokens
			.filter((token) => token.level === 0 && token.nesting >= 0 && token.map)
			.map((token) => token.map?.[0] ?? 0);
		const offsets = [0];
		for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) {
			offsets.push(at + 1);
		}
		return lines.map((line) => offsets[line] ?? 0);
	}

	private finish(source: string): void {
		const html = this.draw(source, this.env);
		if (html === null) {
			this.full = true;
			return;
		}
		this.stable += source;
		this.finished.push({ source, html });
	}

	/** A definition at the end ("[1]: https://…") completes links that were drawn long before. */
	private refreshReferences(): void {
		const count = Object.keys(this.env.references).length;
		if (count === this.known) return;
		this.known = count;
		this.redraw();
	}

	/** A half-written definition must not be remembered: the first one wins. */
	private scratch(): Env {
		const { references, headings, ...counts } = this.env;
		return { references: { ...references }, headings: { ...headings }, ...counts };
	}

	/** Null where it would be too much. */
	private draw(source: string, env: Env): string | null {
		const html = this.md.render(source, env);
		env.drawn += elements(html);
		return env.drawn > this.most ? null : sanitise(html);
	}
}
