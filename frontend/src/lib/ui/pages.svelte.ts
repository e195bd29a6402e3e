import { ApiProblem } from '$lib/api/problem';
import type { Page } from '$lib/api/types';

/** A list that grows downwards, page by page, by a cursor. */
export class Pages<T, P extends Page<T>> {
	first: P | null = $state.raw(null);
	results: T[] = $state.raw([]);
	next: string | null = $state.raw(null);
	busy = $state(false);
	problem: ApiProblem | null = $state.raw(null);

	constructor(private readonly fetchPage: (cursor?: string) => Promise<P>) {}

	async more(): Promise<void> {
		if (this.busy) return;
		this.busy = true;
		this.problem = null;
		try {
			const page = await (this.next ? this.fetchPage(this.next) : this.fetchPage());
			this.first ??= page;
			this.results = [...this.results, ...page.results];
			this.next = page.next;
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error;
		} finally {
			this.busy = false;
		}
	}
}
