import { moderation } from '$lib/api/moderation';
import { ApiProblem } from '$lib/api/problem';
import type { Moderation } from './types';

/** The rules in force and the counts; old ones stay on the page when the server is away, and it says so. */
export class ModerationStore {
	seen: Moderation | null = $state.raw(null);
	problem: ApiProblem | null = $state.raw(null);

	load = async (): Promise<void> => {
		try {
			this.seen = await moderation.look();
			this.problem = null;
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error;
			// What somebody may no longer see does not stay.
			if (error.status === 401 || error.status === 403) this.seen = null;
		}
	};
}
