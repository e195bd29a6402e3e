import type { EpochState, Units } from '$lib/wallet/types';
import type { Treasury } from '$lib/treasury/types';

export interface Alarm {
	code: string;
	subject: string;
	detail: string;
	opened_at: string;
}

export interface Attempt {
	purpose: string;
	number: number;
	hash: string;
	signer: string;
	nonce: number;
	max_fee: string;
	at: string;
	block: number | null;
	succeeded: boolean | null;
	final: boolean;
}

export interface PayoutEpoch {
	number: number;
	state: EpochState;
	sealed_at: string;
	sealed_by: string | null;
	new_units: Units;
	cum_total: Units;
	/** Units that it adds to what was promised before it. */
	released: Units;
	accounts: number;
	active_at: string | null;
	approvals: { by: string; at: string }[];
	/** People whose word is needed before it is posted. */
	needs: number;
}

export type Deed = 'approve' | 'veto' | 'seal' | 'pause' | 'void' | 'fund';

export interface Payouts {
	treasury: Treasury | null;
	epochs: PayoutEpoch[];
	attempts: Attempt[];
	alarms: Alarm[];
	roles: Record<string, string | null>;
	can: Record<Deed, boolean>;
}

/** A transaction that was sent, or one that has to be made from another account. */
export interface Sent {
	detail: string;
	hash: string | null;
	transaction: { to: string; data: string; value: string };
}

export interface Voided {
	id: string;
	points: number;
	units: Units;
}
