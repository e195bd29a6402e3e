import { ApiProblem } from '$lib/api/problem';

/** What a page of the console shows: asked for at once and, if wished, every so often; old figures stay while the server is away. */
export class Seen<T> {
	value: T | null = $state.raw(null);
	problem: ApiProblem | null = $state.raw(null);
	at = $state(0);

	constructor(private readonly ask: () => Promise<T>) {}

	load = async (): Promise<void> => {
		try {
			this.value = await this.ask();
			this.at = Date.now();
			this.problem = null;
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error;
			// What somebody may no longer see does not stay.
			if (error.status === 401 || error.status === 403) this.value = null;
		}
	};

	/** Give it to `$effect`. */
	follow(everyMs: number): () => void {
		void this.load();
		const timer = setInterval(() => {
			if (!document.hidden) void this.load();
		}, everyMs);
		return () => clearInterval(timer);
	}
}
