import { ApiProblem } from '$lib/api/problem';

const AGAIN_MS = 15_000;

/** Figures that are looked at again and again; old ones stay on the page when the server is away, and it says so. */
export class Watched<T> {
	seen: T | null = $state.raw(null);
	problem: ApiProblem | null = $state.raw(null);
	at = $state(0);

	constructor(private readonly look: () => Promise<T>) {}

	load = async (): Promise<void> => {
		try {
			this.seen = await this.look();
			this.at = Date.now();
			this.problem = null;
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error;
			// What somebody may no longer see does not stay.
			if (error.status === 401 || error.status === 403) this.seen = null;
		}
	};

	follow(): () => void {
		void this.load();
		const timer = setInterval(() => {
			if (!document.hidden) void this.load();
		}, AGAIN_MS);
		return () => clearInterval(timer);
	}
}
