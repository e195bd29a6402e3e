import type { components } from '$lib/api/schema';
import type { Treasury } from '$lib/treasury/types';

type Schemas = components['schemas'];

export type Attempt = Schemas['Attempt'];
export type PayoutEpoch = Schemas['OperatorEpoch'];
/** A transaction that was sent, or one that has to be made from another account. */
export type Sent = Schemas['Sent'];
/** Points that were converted and stand in no epoch yet. */
export type Waiting = Schemas['Waiting'];
export type Voided = Schemas['Voided'];
export type Deed = 'approve' | 'veto' | 'seal' | 'pause' | 'void' | 'fund';

/** The schema leaves open what stands in these two. */
export type Payouts = Omit<Schemas['Payouts'], 'treasury' | 'can'> & {
	treasury: Treasury | null;
	can: Record<Deed, boolean>;
};
