/** What the arena tells of points on their way to money: short names for parts of its schema. */
import type { components } from '$lib/api/schema';

type Schemas = components['schemas'];

/** A whole number of base units, or of wei, in decimal: it may pass what a float holds. */
export type Units = string;

export const STEPS = [
	'earn',
	'convert',
	'seal',
	'claim',
	'redeem',
] as const satisfies readonly OwnWallet['step'][];
export type StepName = (typeof STEPS)[number];

export type CreditsConfig = Schemas['Credits'];
export type Network = Schemas['Chain'];
export type Rate = Schemas['Rate'];
export type OwnWallet = Schemas['MyWallet'];
export type Claimable = Schemas['Claimable'];
export type EpochState = Schemas['EpochState'];
export type Conversion = Schemas['Conversion'];
export type Conversions = Schemas['ConversionPage'];
