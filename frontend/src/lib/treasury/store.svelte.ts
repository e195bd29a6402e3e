import { credits } from '$lib/api/credits';
import { ApiProblem } from '$lib/api/problem';
import type { CreditsConfig } from '$lib/wallet/types';
import type { Treasury } from './types';

const AGAIN_MS = 10_000;

/** The treasury's figures, asked for again while somebody looks. Old ones stay when the server is away. */
export class TreasuryStore {
	config: CreditsConfig | null = $state.raw(null);
	treasury: Treasury | null = $state.raw(null);
	problem: ApiProblem | null = $state.raw(null);

	async load(): Promise<void> {
		try {
			const config = this.config ?? (await credits.config());
			if (config.enabled) this.treasury = await credits.treasury();
			this.config = config;
			this.problem = null;
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error;
		}
	}

	follow(): () => void {
		void this.load();
		const timer = setInterval(() => {
			if (!document.hidden) void this.load();
		}, AGAIN_MS);
		return () => clearInterval(timer);
	}
}
