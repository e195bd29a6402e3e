import { ApiProblem } from '$lib/api/problem';
import type { Page } from '$lib/api/types';

/** A line without an id is like no other. */
const idOf = (line: object): unknown => ('id' in line ? line.id : line);

/** A list that grows downwards, page by page, by a cursor. */
export class Pages<T extends object, P extends Page<T>> {
	/** The newest page, as it was read last. */
	first: P | null = $state.raw(null);
	results: T[] = $state.raw([]);
	next: string | null = $state.raw(null);
	busy = $state(false);
	problem: ApiProblem | null = $state.raw(null);
	private looks = 0;

	constructor(private readonly fetchPage: (cursor?: string) => Promise<P>) {}

	/** The page that follows, the first one at first; nothing at the end of the list. */
	async more(): Promise<void> {
		if (this.busy || (this.first && !this.next)) return;
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

	/** Reads the newest lines anew, as many as are held unless told. Those further down stay, unless more came between. */
	async again(most = this.results.length): Promise<void> {
		if (!this.first) return this.more();
		const look = ++this.looks;
		const fresh = new Pages<T, P>(this.fetchPage);
		do await fresh.more();
		while (fresh.next && !fresh.problem && fresh.results.length < most);
		// Old lines stay while the server is away, and a page that is on its way follows them as they are.
		if (look === this.looks && !this.busy && !fresh.problem) this.join(fresh);
	}

	private join({ first, results, next }: Pages<T, P>): void {
		const last = next ? results.at(-1) : undefined;
		const held = last ? this.results.findIndex((line) => idOf(line) === idOf(last)) : -1;
		this.results = held < 0 ? results : [...results, ...this.results.slice(held + 1)];
		this.first = first;
		if (held < 0) this.next = next;
	}
}
