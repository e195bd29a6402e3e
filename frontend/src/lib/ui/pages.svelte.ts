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
	private growing: Promise<void> | null = null;
	/** Whether the problem is that the lines which are held could not be read anew. */
	private stale = false;

	constructor(private readonly fetchPage: (cursor?: string) => Promise<P>) {}

	/** The page that follows, the first one at first; nothing at the end of the list. */
	async more(): Promise<void> {
		if (this.busy || (this.first && !this.next)) return;
		await (this.growing = this.grow());
	}

	private async grow(): Promise<void> {
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

	/** Reads anew what is held, after a deed that changed it. */
	async again(): Promise<void> {
		const problem = await this.look();
		if (!problem) return;
		this.problem = problem;
		this.stale = true;
	}

	/** Does once more what went wrong. */
	retry(): Promise<void> {
		return this.stale ? this.again() : this.more();
	}

	/**
	 * Reads the newest lines anew, as many as are held unless told. Those further down stay, unless more came between; all do where it
	 * fails, and nobody is told.
	 */
	async look(most?: number): Promise<ApiProblem | null> {
		const look = ++this.looks;
		// A page that is on its way may be older than what is looked for, and follows the lines as they are.
		if (this.busy) await this.growing;
		if (look !== this.looks) return null;
		if (!this.first) {
			await this.more();
			return null;
		}
		const fresh = new Pages<T, P>(this.fetchPage);
		do await fresh.more();
		while (fresh.next && !fresh.problem && fresh.results.length < (most ?? this.results.length));
		if (look !== this.looks) return null;
		if (this.busy) return this.look(most);
		if (!fresh.problem) this.join(fresh);
		return fresh.problem;
	}

	private join({ first, results, next }: Pages<T, P>): void {
		const last = next ? results.at(-1) : undefined;
		const held = last ? this.results.findIndex((line) => idOf(line) === idOf(last)) : -1;
		this.results = held < 0 ? results : [...results, ...this.results.slice(held + 1)];
		this.first = first;
		if (held < 0) this.next = next;
		if (this.stale) this.problem = null;
		this.stale = false;
	}
}
