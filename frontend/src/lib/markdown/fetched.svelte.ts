import { noHelpers, type Helpers } from './engine';

/** Highlighting and formulas, fetched once for the whole page; `version` counts arrivals, so that texts are redrawn. */
export const helpers: Helpers = noHelpers();
export const arrivals = $state({ version: 0 });

// eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing on the page shows it
const asked = new Set<string>();

async function load(name: 'highlight' | 'math'): Promise<void> {
	if (name === 'highlight') helpers.highlight = (await import('./highlight')).highlight;
	else helpers.math = (await import('./math')).math;
	arrivals.version += 1;
}

/** Fetches what the last drawing missed. A failed fetch leaves plain code, which is still right. */
export function fetchWanted(): void {
	for (const name of helpers.wants) {
		if (asked.has(name)) continue;
		asked.add(name);
		load(name).catch(() => asked.delete(name));
	}
}
