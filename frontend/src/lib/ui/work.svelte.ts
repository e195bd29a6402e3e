import { ApiProblem } from '$lib/api/problem';

/** Something that a person does with one press: whether it runs, and what went wrong the last time. */
export class Work {
	busy = $state(false);
	problem: ApiProblem | null = $state.raw(null);

	/** A second press while the first one runs does nothing. */
	async run(work: () => Promise<void>): Promise<void> {
		if (this.busy) return;
		this.busy = true;
		this.problem = null;
		try {
			await work();
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error;
		} finally {
			this.busy = false;
		}
	}
}
