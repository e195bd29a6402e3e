import { credits, payouts } from '$lib/api/credits';
import { ApiProblem } from '$lib/api/problem';
import type { CreditsConfig } from '$lib/wallet/types';
import type { Payouts } from './types';

const AGAIN_MS = 5_000;

/** The console's figures; old ones stay on the page when the server is away, and it says so. */
export class PayoutStore {
	config: CreditsConfig | null = $state.raw(null);
	seen: Payouts | null = $state.raw(null);
	problem: ApiProblem | null = $state.raw(null);
	at = $state(0);

	load = async (): Promise<void> => {
		try {
			this.config ??= await credits.config();
			if (this.config.enabled) this.seen = await payouts.look();
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
