import type { EpochState, Units } from '$lib/wallet/types';
import type { Page } from '$lib/api/types';

export interface EpochTransaction {
	purpose: string;
	hash: string;
	block: number | null;
	succeeded: boolean | null;
}

export interface EpochLine {
	number: number;
	state: EpochState;
	sealed_at: string;
	root: string;
	cum_total: Units;
	new_units: Units;
	accounts: number;
	data_hash: string;
	active_at: string | null;
	transactions: EpochTransaction[];
}

export interface EpochFile {
	name: string;
	size: number;
	sha256: string;
}

export type Epoch = EpochLine & { files: EpochFile[] };
export type Epochs = Page<EpochLine>;

export interface DeployedContract {
	name: string;
	address: string;
	code_hash: string;
	deployed_in: string | null;
}

export interface Treasury {
	/** What the chain's figures are as of; they are null until it was asked. */
	as_of: { block: number; time: string; reachable: boolean } | null;
	holdings: Units | null;
	liabilities: Units | null;
	/** Stablecoin for all that was converted and not redeemed, posted or not. */
	promised: Units | null;
	committed: Units | null;
	supply: Units | null;
	redeemed: Units | null;
	paid_out: Units | null;
	covered: boolean | null;
	paused: boolean | null;
	unsealed_points: number;
	unsealed_units: Units;
	sealed_units_not_posted: Units;
	epochs: EpochLine[];
	contracts: DeployedContract[];
	alarms: number;
}
