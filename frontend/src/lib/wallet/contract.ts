/** Calls of the credits contract in bytes, and its refusals out of them. Loaded only when somebody sends one. */
import { decodeErrorResult, encodeFunctionData, parseAbi, type Hex } from 'viem';

/** The part of contracts/abi/ArenaCredits.json that this page speaks; a test holds the two together. */
export const ABI = parseAbi([
	'function claim(uint256 id, address account, uint256 cumulative, bytes32[] proof) returns (uint256 amount)',
	'function redeem(uint256 amount, address to) returns (uint256 paid)',
	'error AccessControlBadConfirmation()',
	'error AccessControlUnauthorizedAccount(address account, bytes32 neededRole)',
	'error AmountTooSmall(uint256 amount)',
	'error ContractNotPaused()',
	'error ContractPaused()',
	'error ECDSAInvalidSignature()',
	'error ECDSAInvalidSignatureLength(uint256 length)',
	'error ECDSAInvalidSignatureS(bytes32 s)',
	'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
	'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
	'error ERC20InvalidApprover(address approver)',
	'error ERC20InvalidReceiver(address receiver)',
	'error ERC20InvalidSender(address sender)',
	'error ERC20InvalidSpender(address spender)',
	'error ERC2612ExpiredSignature(uint256 deadline)',
	'error ERC2612InvalidSigner(address signer, address owner)',
	'error EmptyRoot()',
	'error EpochCapExceeded(uint256 cumTotal, uint256 most)',
	'error EpochIsVetoed(uint256 id)',
	'error EpochNotActive(uint256 id, uint256 activeAt)',
	'error EpochOutOfOrder(uint256 id, uint256 expected)',
	'error EpochPending(uint256 id, uint256 activeAt)',
	'error EpochUnknown(uint256 id)',
	'error Insolvent(uint256 balance, uint256 needed)',
	'error InvalidAccount(address account)',
	'error InvalidAccountNonce(address account, uint256 currentNonce)',
	'error InvalidProof()',
	'error InvalidReceiver(address to)',
	'error InvalidSetting(string name)',
	'error InvalidShortString()',
	'error NothingToClaim(address account, uint256 claimed)',
	'error PaymentUnderWay()',

	'error SafeERC20FailedOperation(address token)',
	'error StringTooLong(string str)',
	'error TotalExceeded(uint256 id, uint256 cumTotal)',
	'error TotalFell(uint256 cumTotal, uint256 committed)',
	'error TransfersAlreadyOpen()',
	'error TransfersLocked()',
	'error UnsupportedDecimals(uint8 decimals)',
	'error UnsupportedTransfer(uint256 sent, uint256 received)',
]);

export interface Claim {
	epoch: number;
	account: string;
	cumulative: string;
	proof: readonly string[];
}

export function claimData({ epoch, account, cumulative, proof }: Claim): Hex {
	return encodeFunctionData({
		abi: ABI,
		functionName: 'claim',
		args: [BigInt(epoch), account as Hex, BigInt(cumulative), proof as readonly Hex[]],
	});
}

export function redeemData(amount: bigint, to: string): Hex {
	return encodeFunctionData({ abi: ABI, functionName: 'redeem', args: [amount, to as Hex] });
}

export interface Refusal {
	name: string;
	args: readonly unknown[];
}

/** Null for bytes that are none of the contract's errors. */
export function refusalOf(data: string): Refusal | null {
	try {
		const { errorName, args } = decodeErrorResult({ abi: ABI, data: data as Hex });
		return { name: errorName, args: args ?? [] };
	} catch {
		return null;
	}
}
