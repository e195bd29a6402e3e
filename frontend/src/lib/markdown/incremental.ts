import type { Env as MarkdownEnv, MarkdownIt } from 'markdown-it';

import { createEngine, type Headings, type Helpers } from './engine';
import { sanitise } from './sanitise';

interface Env extends MarkdownEnv {
	references: NonNullable<MarkdownEnv['references']>;
	headings: Partial<Headings>;
	/** Characters of addresses and formulas so far. */
	spent: number;
}
interface Finished {
	source: string;
	html: string;
}

/**
 * Markdown of a text that grows at its end. Blocks that can no longer change are drawn once and
 * never again, so a long answer costs no more a frame than its last block does.
 */
export class Incremental {
	private readonly md: MarkdownIt;
	private finished: Finished[] = [];
	private stable = '';
	private env: Env = { references: {}, headings: {}, spent: 0 };
	private known = 0;

	constructor(helpers: Helpers) {
		this.md = createEngine(helpers);
	}

	/** The blocks of `raw`, as safe HTML. With `done` nothing more will follow. */
	update(raw: string, done: boolean): string[] {
		const text = raw.replace(/\r\n?/g, '\n').replace(/\0/g, '\uFFFD');
		if (!text.startsWith(this.stable)) this.reset();
		const tail = text.slice(this.stable.length);
		// The last line may still become something else ("#" may become "#tag"); whole lines may not.
		const whole = done ? tail : tail.slice(0, tail.lastIndexOf('\n') + 1);
		const starts = this.starts(whole);
		starts.forEach((start, index) => {
			const end = starts[index + 1] ?? (done ? tail.length : null);
			if (end !== null) this.finish(tail.slice(index === 0 ? 0 : start, end));
		});
		this.refreshReferences();
		const rest = text.slice(this.stable.length);
		const blocks = this.finished.map((block) => block.html);
		return rest.trim() ? [...blocks, this.draw(rest, this.scratch())] : blocks;
	}

	/** Draws the finished blocks again: a helper has arrived. */
	redraw(): void {
		this.env.headings = {};
		this.env.spent = 0;
		for (const block of this.finished) block.html = this.draw(block.source, this.env);
	}

	private reset(): void {
		this.finished = [];
		this.stable = '';
		this.env = { references: {}, headings: {}, spent: 0 };
		this.known = 0;
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
		this.stable += source;
		this.finished.push({ source, html: this.draw(source, this.env) });
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
		const { references, headings, spent } = this.env;
		return { references: { ...references }, headings: { ...headings }, spent };
	}

	private draw(source: string, env: Env): string {
		return sanitise(this.md.render(source, env));
	}
}

export function renderMarkdown(text: string, helpers: Helpers): string {
	return new Incremental(helpers).update(text, true).join('');
}
