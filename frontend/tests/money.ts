/** A fixed arena with a chain, and somebody on the way to money in it. */
import type { EpochLine, Treasury } from '../src/lib/treasury/types';
import type { Claimable, CreditsConfig, OwnWallet } from '../src/lib/wallet/types';

export const ADA = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
export const CREDITS = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
export const NOW = Date.parse('2026-11-22T10:00:00Z');
export const inSeconds = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
export const hash = (digit: string) => `0x${digit.repeat(64)}`;

export function config(changes: Partial<CreditsConfig> = {}): CreditsConfig {
	return {
		enabled: true,
		chain: { id: 31337, name: 'Test chain', explorer: '', rpc: '', development: true },
		contracts: { credits: CREDITS, stablecoin: ADA, log: ADA, timelock: ADA },
		symbol: { credit: 'EVC', stablecoin: 'USDX' },
		decimals: 6,
		units_per_point: 1000,
		rate: { num: '1', den: '1' },
		minimum: 10,
		daily_cap: 10_000,
		monthly_cap: 50_000,
		epoch_seconds: 604_800,
		next_seal_at: null,
		delay_seconds: 86_400,
		faucet: true,
		...changes,
	};
}

export function claimable(changes: Partial<Claimable> = {}): Claimable {
	return {
		epoch: 2,
		cumulative: '500000',
		amount: '260000',
		proof: [hash('a'), hash('b')],
		active_at: inSeconds(-60),
		...changes,
	};
}

export function own(changes: Partial<OwnWallet> = {}): OwnWallet {
	return {
		wallet: { address: ADA, kind: 'eoa', linked_at: inSeconds(-600) },
		elsewhere: null,
		earlier: [],
		points: { available: 1240, pending: 60 },
		today: { left: 10_000 },
		month: { left: 50_000 },
		converted_units: '0',
		unsealed_units: '0',
		sealed_units: '0',
		claimable: null,
		claimed_units: '0',
		redeemed_units: '0',
		balance_units: '0',
		stablecoin_units: '0',
		gas_wei: '0',
		step: 'convert',
		reachable: true,
		...changes,
	};
}

export function epoch(number: number, changes: Partial<EpochLine> = {}): EpochLine {
	return {
		number,
		state: 'active',
		sealed_at: inSeconds(-600),
		root: hash('a'),
		cum_total: '500000',
		new_units: '260000',
		accounts: 1,
		data_hash: hash('b'),
		log_size: 9,
		log_root: hash('c'),
		ratings_root: hash('d'),
		active_at: inSeconds(-60),
		transactions: [],
		...changes,
	};
}

export function treasury(changes: Partial<Treasury> = {}): Treasury {
	return {
		as_of: { block: 7, time: inSeconds(-5), reachable: true },
		holdings: '1000000',
		liabilities: '700000',
		promised: '800000',
		committed: '700000',
		supply: '400000',
		redeemed: '0',
		paid_out: '0',
		covered: true,
		paused: false,
		unsealed_points: 100,
		unsealed_units: '100000',
		sealed_units_not_posted: '0',
		epochs: [epoch(1)],
		contracts: [],
		alarms: 0,
		...changes,
	};
}
