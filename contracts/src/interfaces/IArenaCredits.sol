// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Credits of an arena: earned off chain, claimed by Merkle proof, redeemed for a stablecoin
/// @notice Amounts are base units: both credits and stablecoin have 6 decimals. An account's leaf holds all that it was ever
/// given (cumulative), so a claim pays the difference to what it has claimed, and no epoch can pay twice.
/// @dev Leaves are those of OpenZeppelin's StandardMerkleTree with the types
/// ['uint256', 'address', 'address', 'uint256']: chain id, this contract, account, cumulative.
interface IArenaCredits {
    /// @notice One claim of a batch.
    struct Claim {
        address account;
        uint256 cumulative;
        bytes32[] proof;
    }

    /// @notice An epoch was posted. `epochs(id)` keeps its total and its activation, `delay` seconds after this block.
    /// @param dataHash Commits to the epoch's public data. Kept in this event alone: storing it would cost 22,100 gas a post.
    event EpochPosted(uint256 indexed id, bytes32 root, bytes32 dataHash);
    /// @notice An epoch was vetoed. `committed` is the total in force from now on; it fell only if `wasPending`.
    event EpochVetoed(uint256 indexed id, bool wasPending, uint256 committed);
    /// @notice `amount` credits were minted to `account`, which has now claimed `cumulative` in all.
    event Claimed(address indexed account, uint256 indexed epochId, uint256 amount, uint256 cumulative);
    /// @notice `account` burned `credits`, and `to` was paid `paid` units of stablecoin.
    event Redeemed(address indexed account, address indexed to, uint256 credits, uint256 paid);
    /// @notice Stablecoin above the liabilities was taken out.
    event Swept(address indexed to, uint256 amount);
    /// @notice From now on credits move between accounts. There is no way back.
    event TransfersOpened();
    event Paused(address account);
    event Unpaused(address account);

    /// @notice The constructor was given a zero address, rate, cap or delay, or one person as settler and guardian.
    error InvalidSetting(string name);
    /// @notice The stablecoin has not 6 decimals.
    error UnsupportedDecimals(uint8 decimals);
    /// @notice The stablecoin took or kept a part of the payment on its way.
    error UnsupportedTransfer(uint256 sent, uint256 received);
    /// @notice Not while paused.
    error ContractPaused();
    /// @notice Only while paused.
    error ContractNotPaused();
    /// @notice Epoch ids are consecutive.
    error EpochOutOfOrder(uint256 id, uint256 expected);
    /// @notice The epoch before is still in its veto window.
    error EpochPending(uint256 id, uint256 activeAt);
    /// @notice A tree without a root.
    error EmptyRoot();
    /// @notice The total given out can only grow.
    error TotalFell(uint256 cumTotal, uint256 committed);
    /// @notice One epoch adds at most `epochCap`.
    error EpochCapExceeded(uint256 cumTotal, uint256 most);
    /// @notice The contract holds too little stablecoin for what would be owed.
    error Insolvent(uint256 balance, uint256 needed);
    /// @notice No epoch has this id.
    error EpochUnknown(uint256 id);
    /// @notice The epoch can be claimed on from `activeAt` (Unix time) on.
    error EpochNotActive(uint256 id, uint256 activeAt);
    /// @notice The epoch was vetoed; claim on a newer one.
    error EpochIsVetoed(uint256 id);
    /// @notice Nobody can be paid at the zero address.
    error InvalidAccount(address account);
    /// @notice The account has claimed this much or more already.
    error NothingToClaim(address account, uint256 claimed);
    /// @notice Claims would exceed the epoch's total; claim on the newest active epoch.
    error TotalExceeded(uint256 id, uint256 cumTotal);
    /// @notice The proof does not lead from this account and amount to the epoch's root.
    error InvalidProof();
    /// @notice The amount is worth less than one unit of the stablecoin.
    error AmountTooSmall(uint256 amount);
    /// @notice The stablecoin cannot be paid to this address.
    error InvalidReceiver(address to);
    /// @notice The stablecoin called back in the middle of a payment.
    error PaymentUnderWay();
    /// @notice Credits do not move between accounts yet.
    error TransfersLocked();
    /// @notice Transfers are open already.
    error TransfersAlreadyOpen();

    /// @notice Posts the next epoch: the Merkle root of everything ever given, and its total. Role: SETTLER.
    /// @param id The next id: `head() + 1`. The first is 1.
    /// @param root Root of the tree; not zero.
    /// @param cumTotal Sum of all leaves, from `committed()` to `committed() + epochCap()`.
    /// @param dataHash Commits to the public data that the tree was made from.
    function post(uint256 id, bytes32 root, uint256 cumTotal, bytes32 dataHash) external;

    /// @notice Stops an epoch. Before activation the total falls back to that of the epoch before; afterwards it stays, since
    /// part of it may have been claimed, and only further claims on this epoch stop. The id stays used. Role: GUARDIAN.
    function veto(uint256 id) external;

    /// @notice Mints to `account` what its leaf holds above what it has claimed. Anybody may call it.
    /// @return amount Credits minted.
    function claim(uint256 id, address account, uint256 cumulative, bytes32[] calldata proof)
        external
        returns (uint256 amount);

    /// @notice Claims for many accounts on one epoch. What is claimed already or wrong is skipped; nothing but a pause reverts.
    /// @return claimed How many entries were paid.
    function claimMany(uint256 id, Claim[] calldata claims) external returns (uint256 claimed);

    /// @notice Burns the caller's credits and pays `floor(amount * rate)` of stablecoin. Nobody can stop it.
    /// @return paid Stablecoin paid to `to`.
    function redeem(uint256 amount, address to) external returns (uint256 paid);

    /// @notice Takes out stablecoin that nobody is owed. Role: ADMIN.
    function sweep(address to, uint256 amount) external;

    /// @notice Stops posts and claims, never redemption. Role: GUARDIAN.
    function pause() external;

    /// @notice Lets posts and claims go on. Role: ADMIN.
    function unpause() external;

    /// @notice Lets credits move between accounts, for good. Role: ADMIN.
    function openTransfers() external;

    /// @notice An epoch as it stands; all zero if none has this id.
    function epochs(uint256 id) external view returns (bytes32 root, uint256 cumTotal, uint256 activeAt, bool vetoed);

    /// @notice Id of the newest epoch; 0 before the first.
    function head() external view returns (uint256);

    /// @notice Total of the last good epoch: one that was not vetoed before its activation.
    function committed() external view returns (uint256);

    /// @notice Credits burned by redemption, ever.
    function redeemed() external view returns (uint256);

    /// @notice Stablecoin paid by redemption, ever.
    function paidOut() external view returns (uint256);

    /// @notice Credits that an account has claimed, ever.
    function claimedOf(address account) external view returns (uint256);

    /// @notice Stablecoin that is owed: `ceil((committed - redeemed) * rate)`. The balance is never below it.
    function liabilities() external view returns (uint256);

    /// @notice Whether posts and claims are stopped.
    function paused() external view returns (bool);

    /// @notice Whether credits move between accounts.
    function transfersOpen() external view returns (bool);

    /// @notice Stablecoin units per credit unit: numerator of the rate.
    function rateNumerator() external view returns (uint256);

    /// @notice Stablecoin units per credit unit: denominator of the rate.
    function rateDenominator() external view returns (uint256);

    /// @notice Most credits that one epoch adds.
    function epochCap() external view returns (uint256);

    /// @notice Seconds between post and activation: the guardian's time to look.
    function delay() external view returns (uint256);
}
