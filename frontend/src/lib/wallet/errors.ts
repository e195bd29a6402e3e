import { m } from '$lib/paraglide/messages.js';
import { dateTime } from '$lib/ui/format';

/** Why the contract refused, by its custom error's name: what happened, and what to do. */
type Args = readonly unknown[];

const moment = (seconds: unknown) => dateTime(new Date(Number(seconds) * 1000).toISOString());

// Those that only the arena's own staff can cause share one sentence: no voter ever calls what raises them.
const STAFF = [
	'AccessControlBadConfirmation',
	'AccessControlUnauthorizedAccount',
	'ContractNotPaused',
	'EmptyRoot',
	'EpochCapExceeded',
	'EpochOutOfOrder',
	'EpochPending',
	'Insolvent',
	'InvalidSetting',
	'InvalidShortString',
	'StringTooLong',
	'TotalFell',
	'TransfersAlreadyOpen',
	'UnsupportedDecimals',
];
const PERMITS = [
	'ECDSAInvalidSignature',
	'ECDSAInvalidSignatureLength',
	'ECDSAInvalidSignatureS',
	'ERC20InsufficientAllowance',
	'ERC20InvalidApprover',
	'ERC20InvalidSpender',
	'ERC2612ExpiredSignature',
	'ERC2612InvalidSigner',
	'InvalidAccountNonce',
];

const SENTENCES: Record<string, (args: Args) => string> = {
	...Object.fromEntries(STAFF.map((name) => [name, () => m.revert_staff()])),
	...Object.fromEntries(PERMITS.map((name) => [name, () => m.revert_permit()])),
	AmountTooSmall: () => m.revert_amount_too_small(),
	ContractPaused: () => m.revert_paused(),
	EpochIsVetoed: () => m.revert_vetoed(),
	EpochNotActive: ([, at]) => m.revert_not_active({ when: moment(at) }),
	EpochUnknown: () => m.revert_unknown_epoch(),
	ERC20InsufficientBalance: () => m.revert_balance(),
	ERC20InvalidReceiver: () => m.revert_receiver(),
	ERC20InvalidSender: () => m.revert_receiver(),
	InvalidAccount: () => m.revert_receiver(),
	InvalidReceiver: () => m.revert_receiver(),
	InvalidProof: () => m.revert_proof(),
	NothingToClaim: () => m.revert_nothing_to_claim(),
	PaymentUnderWay: () => m.revert_reentrant(),
	SafeERC20FailedOperation: () => m.revert_stablecoin(),
	TotalExceeded: () => m.revert_total_exceeded(),
	TransfersLocked: () => m.revert_transfers_locked(),
	UnsupportedTransfer: () => m.revert_stablecoin(),
};

export const hasSentence = (error: string): boolean => Object.hasOwn(SENTENCES, error);

export function revertWords(error: string, args: Args = []): string {
	return SENTENCES[error]?.(args) ?? m.revert_other({ name: error });
}
