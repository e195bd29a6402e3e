/** What the arena tells of points on their way to money. Amounts of units and wei are whole numbers in decimal. */
import type { Page } from '$lib/api/types';

export type Units = string;

export const STEPS = ['earn', 'convert', 'seal', 'claim', 'redeem'] as const;
export type StepName = (typeof STEPS)[number];

export interface Network {
	id: number;
	name: string;
	explorer: string;
	/** Where wallets may reach it; empty where the arena does not say. */
	rpc: string;
	development: boolean;
}

export interface Rate {
	num: string;
	den: string;
}

export interface CreditsConfig {
	enabled: boolean;
	chain: Network;
	contracts: Record<'credits' | 'stablecoin' | 'log' | 'timelock', string | null>;
	symbol: { credit: string; stablecoin: string };
	decimals: number;
	units_per_point: number;
	/** Stablecoin units for a unit of credit; null until the chain was asked. */
	rate: Rate | null;
	minimum: number;
	daily_cap: number;
	monthly_cap: number;
	epoch_seconds: number;
	next_seal_at: string | null;
	delay_seconds: number | null;
	faucet: boolean;
}

export interface Claimable {
	epoch: number;
	cumulative: Units;
	amount: Units;
	proof: string[];
	active_at: string;
}

export interface OwnWallet {
	wallet: { address: string; kind: string; linked_at: string } | null;
	/** What was converted to these stays with them. */
	earlier: { address: string; since: string; until: string }[];
	points: { available: number; pending: number };
	today: { left: number };
	month: { left: number };
	converted_units: Units;
	unsealed_units: Units;
	/** All that ever was in an epoch. */
	sealed_units: Units;
	claimable: Claimable | null;
	claimed_units: Units;
	redeemed_units: Units;
	/** These three are null while the chain is away. */
	balance_units: Units | null;
	stablecoin_units: Units | null;
	gas_wei: string | null;
	step: StepName;
	reachable: boolean;
}

export type EpochState =
	'sealed' | 'awaiting_approval' | 'uncovered' | 'sending' | 'posted' | 'active' | 'vetoed';

export interface Conversion {
	id: string;
	points: number;
	units: Units;
	wallet: string;
	at: string;
	epoch: number | null;
	state: EpochState | 'waiting' | 'void';
}

export type Conversions = Page<Conversion>;
