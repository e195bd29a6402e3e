import { credits } from '$lib/api/credits';
import { ApiProblem } from '$lib/api/problem';
import type { EpochLine } from '$lib/treasury/types';
import { onItsWay } from './steps';
import type { CreditsConfig, OwnWallet } from './types';

const WAITING_MS = 5_000;
const RESTING_MS = 20_000;

/** What the arena offers, what a person has, and the newest epochs; asked for again while somebody looks. */
export class WalletStore {
	config: CreditsConfig | null = $state.raw(null);
	own: OwnWallet | null = $state.raw(null);
	epochs: EpochLine[] = $state.raw([]);
	problem: ApiProblem | null = $state.raw(null);
	/** Counts what the person did, so that lists below know when to look again. */
	changes = $state(0);
	private timer: ReturnType<typeof setTimeout> | undefined;
	private left = false;

	/** `registered`: whether there is somebody who can own a wallet. */
	async load(registered: boolean): Promise<void> {
		try {
			const config = await credits.config();
			if (config.enabled) {
				const [own, epochs] = await Promise.all([
					registered ? credits.own() : null,
					credits.epochs(),
				]);
				this.own = own;
				this.epochs = epochs.results;
			}
			this.config = config;
			this.problem = null;
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error;
		}
	}

	/** Something the person did has changed their figures: from now on there may be more to wait for. */
	async changed(): Promise<void> {
		await this.again(true, true);
		this.changes += 1;
	}

	/** Looks again, often while something is on its way; the return value ends it. */
	follow(registered: boolean): () => void {
		this.left = false;
		void this.again(registered, true);
		return () => {
			this.left = true;
			clearTimeout(this.timer);
		};
	}

	private async again(registered: boolean, now: boolean): Promise<void> {
		if (now || !document.hidden) await this.load(registered);
		clearTimeout(this.timer);
		if (!this.left) this.timer = setTimeout(() => void this.again(registered, false), this.pace);
	}

	private get pace(): number {
		const own = this.own;
		const waiting = own !== null && (own.unsealed_units !== '0' || onItsWay(own) > 0n);
		return waiting ? WAITING_MS : RESTING_MS;
	}

	/** The epoch that is on chain and may be claimed on soon. */
	get pending(): EpochLine | null {
		return this.epochs.find((epoch) => epoch.state === 'posted') ?? null;
	}
}
