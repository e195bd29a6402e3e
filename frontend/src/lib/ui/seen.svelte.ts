import { ApiProblem } from '$lib/api/problem';

/**
 * What a page shows of the server: asked for at once, again when the choice changes and, if wished, every so often. Old figures stay
 * while the server is away. Requests may overlap: the answer to one counts only while nothing asked for later has been answered.
 */
export class Seen<T> {
	value: T | null = $state.raw(null);
	problem: ApiProblem | null = $state.raw(null);
	/** Whether what is shown was asked for before the choice of now. */
	old = $state(false);
	at = $state(0);
	private asked = 0;
	private answered = 0;

	constructor(private readonly ask: () => Promise<T>) {}

	/** Whether what belongs to the choice of now is on its way. */
	get busy(): boolean {
		return this.old && !this.problem;
	}

	/** Asks for what is chosen now. What was asked for before counts no more, whenever it comes. */
	load = async (): Promise<void> => {
		this.answered = this.asked;
		this.old = true;
		this.problem = null;
		await this.look();
	};

	/** Shows nothing, and takes nothing that is on its way. */
	forget(): void {
		this.answered = this.asked;
		this.value = this.problem = null;
		this.old = false;
	}

	/** Give it to `$effect`. */
	follow(everyMs: number): () => void {
		void this.load();
		const timer = setInterval(() => {
			if (!document.hidden) void this.look();
		}, everyMs);
		return () => clearInterval(timer);
	}

	private async look(): Promise<void> {
		const number = ++this.asked;
		try {
			const value = await this.ask();
			if (this.counts(number)) this.show(value);
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			if (this.counts(number)) this.fail(error);
		}
	}

	private counts(number: number): boolean {
		if (number <= this.answered) return false;
		this.answered = number;
		return true;
	}

	private show(value: T): void {
		this.value = value;
		this.at = Date.now();
		this.old = false;
		this.problem = null;
	}

	private fail(error: ApiProblem): void {
		this.problem = error;
		// What somebody may no longer see does not stay.
		if (error.status === 401 || error.status === 403) this.value = null;
	}
}
