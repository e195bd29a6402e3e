import type { Helpers } from '../src/lib/markdown/engine';
import { Incremental } from '../src/lib/markdown/incremental';

/** A whole answer as the page shows it: what is drawn, and what is left as it is. */
export function render(text: string, helpers: Helpers): { html: string; rest: string } {
	const reader = new Incremental(helpers);
	const html = reader.update(text, true).join('');
	return { html, rest: reader.rest };
}

export function renderMarkdown(text: string, helpers: Helpers): string {
	return render(text, helpers).html;
}
