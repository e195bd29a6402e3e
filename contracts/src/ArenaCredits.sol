// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaCredits} from "./interfaces/IArenaCredits.sol";
import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @title The credits token: what each function promises stands in IArenaCredits
contract ArenaCredits is IArenaCredits, ERC20, ERC20Permit, AccessControl {
    using SafeERC20 for IERC20Metadata;

    /// @dev `terms`, from the lowest bit: cumTotal 88, total before 88, activeAt 40, vetoed 1. Written whole: as fields of a
    /// struct, each would cost 200 gas more. 88 bits hold 3 * 10^20 whole credits.
    struct Epoch {
        bytes32 root;
        uint256 terms;
    }

    enum Fault {
        None,
        Unknown,
        NotActive,
        Vetoed,
        Account,
        Nothing,
        Total,
        Proof
    }

    /// @notice May post epochs.
    bytes32 public constant SETTLER = keccak256("SETTLER");
    /// @notice May veto epochs, and pause.
    bytes32 public constant GUARDIAN = keccak256("GUARDIAN");
    /// @notice May grant roles, unpause, sweep and open transfers: a timelock.
    bytes32 public constant ADMIN = DEFAULT_ADMIN_ROLE;

    uint8 private constant DECIMALS = 6;
    uint256 private constant MAX_DELAY = 30 days;
    uint256 private constant VETOED = 1 << 216;

    /// @notice The token that credits are redeemed for.
    IERC20Metadata public immutable stablecoin;
    /// @inheritdoc IArenaCredits
    uint256 public immutable rateNumerator;
    /// @inheritdoc IArenaCredits
    uint256 public immutable rateDenominator;
    /// @inheritdoc IArenaCredits
    uint256 public immutable epochCap;
    /// @inheritdoc IArenaCredits
    uint256 public immutable delay;

    /// @inheritdoc IArenaCredits
    mapping(address account => uint256) public claimedOf;
    /// @inheritdoc IArenaCredits
    uint256 public paidOut;

    // One slot, which a post writes once and a claim reads once.
    uint88 private _committed;
    uint88 private _redeemed;
    uint40 private _pendingUntil;
    uint32 private _head;
    bool private _paused;

    /// @inheritdoc IArenaCredits
    bool public transfersOpen;

    mapping(uint256 id => Epoch) private _epochs;

    bool private transient _paying;

    /// @dev One payment at a time. Named as slither knows it.
    modifier nonReentrant() {
        if (_paying) revert PaymentUnderWay();
        _paying = true;
        _;
        _paying = false;
    }

    /// @param coin Stablecoin with 6 decimals that takes no fee on transfers.
    /// @param numerator Stablecoin units per credit unit, for good: `numerator / denominator`.
    /// @param denominator See `numerator`.
    /// @param cap Most credits that one epoch adds.
    /// @param vetoDelay Seconds between post and activation, at most 30 days.
    constructor(
        string memory name_,
        string memory symbol_,
        IERC20Metadata coin,
        uint128 numerator,
        uint128 denominator,
        uint56 cap,
        uint40 vetoDelay,
        address admin,
        address settler,
        address guardian
    ) ERC20(name_, symbol_) ERC20Permit(name_) {
        if (address(coin) == address(0)) revert InvalidSetting("stablecoin");
        if (numerator == 0 || denominator == 0) revert InvalidSetting("rate");
        if (cap == 0) revert InvalidSetting("epochCap");
        if (vetoDelay == 0 || vetoDelay > MAX_DELAY) revert InvalidSetting("delay");
        if (admin == address(0)) revert InvalidSetting("admin");
        if (settler == address(0)) revert InvalidSetting("settler");
        if (guardian == address(0) || guardian == settler) revert InvalidSetting("guardian");
        uint8 found = coin.decimals();
        if (found != DECIMALS) revert UnsupportedDecimals(found);

        stablecoin = coin;
        rateNumerator = numerator;
        rateDenominator = denominator;
        epochCap = cap;
        delay = vetoDelay;
        _grantRole(ADMIN, admin);
        _grantRole(SETTLER, settler);
        _grantRole(GUARDIAN, guardian);
    }

    // Epochs

    /// @inheritdoc IArenaCredits
    /// @dev Not while a payment is under way: the balance would still hold what is no longer counted as owed.
    function post(uint256 id, bytes32 root, uint256 cumTotal, bytes32 dataHash) external onlyRole(SETTLER) {
        if (_paying) revert PaymentUnderWay();
        if (_paused) revert ContractPaused();
        uint256 before = _committed;
        uint256 activeAt;
        uint256 needed;
        // Sums of numbers of at most 88 bits, and differences of numbers that were compared.
        unchecked {
            uint256 next = uint256(_head) + 1;
            if (id != next) revert EpochOutOfOrder(id, next);
            if (block.timestamp < _pendingUntil) revert EpochPending(_head, _pendingUntil);
            if (root == bytes32(0)) revert EmptyRoot();
            if (cumTotal < before) revert TotalFell(cumTotal, before);
            if (cumTotal - before > epochCap) revert EpochCapExceeded(cumTotal, before + epochCap);
            activeAt = block.timestamp + delay;
            needed = _owed(cumTotal - _redeemed);
        }
        _committed = uint88(cumTotal);
        _pendingUntil = uint40(activeAt);
        _head = uint32(id);
        Epoch storage epoch = _epochs[id];
        epoch.root = root;
        epoch.terms = cumTotal | before << 88 | activeAt << 176;
        emit EpochPosted(id, root, dataHash);
        uint256 balance = stablecoin.balanceOf(address(this));
        if (balance < needed) revert Insolvent(balance, needed);
    }

    /// @inheritdoc IArenaCredits
    function veto(uint256 id) external onlyRole(GUARDIAN) {
        if (id == 0 || id > _head) revert EpochUnknown(id);
        (, uint256 before, uint256 activeAt, bool vetoed) = _terms(id);
        if (vetoed) revert EpochIsVetoed(id);
        _epochs[id].terms |= VETOED;
        bool pending = block.timestamp < activeAt;
        if (pending) {
            // Only the newest epoch can be pending.
            _committed = uint88(before);
            _pendingUntil = 0;
        }
        emit EpochVetoed(id, pending, _committed);
    }

    function _terms(uint256 id) private view returns (uint256 cumTotal, uint256 before, uint256 activeAt, bool vetoed) {
        uint256 terms = _epochs[id].terms;
        return (uint88(terms), uint88(terms >> 88), uint40(terms >> 176), terms & VETOED != 0);
    }

    // Claims

    /// @inheritdoc IArenaCredits
    function claim(uint256 id, address account, uint256 cumulative, bytes32[] calldata proof)
        external
        returns (uint256 amount)
    {
        if (_paused) revert ContractPaused();
        Fault fault;
        (fault, amount) = _assess(id, account, cumulative, proof);
        if (fault != Fault.None) _refuse(fault, id, account);
        _pay(id, account, amount, cumulative);
    }

    /// @inheritdoc IArenaCredits
    function claimMany(uint256 id, Claim[] calldata claims) external returns (uint256 claimed) {
        if (_paused) revert ContractPaused();
        for (uint256 i = 0; i < claims.length; ++i) {
            Claim calldata entry = claims[i];
            (Fault fault, uint256 amount) = _assess(id, entry.account, entry.cumulative, entry.proof);
            if (fault != Fault.None) continue;
            _pay(id, entry.account, amount, entry.cumulative);
            ++claimed;
        }
    }

    /// @dev What is wrong with a claim, cheapest question first, or how much it pays. Never reverts.
    function _assess(uint256 id, address account, uint256 cumulative, bytes32[] calldata proof)
        private
        view
        returns (Fault fault, uint256 amount)
    {
        uint256 cumTotal;
        (fault, cumTotal) = _standing(id);
        if (fault != Fault.None) return (fault, 0);
        if (account == address(0)) return (Fault.Account, 0);
        uint256 before = claimedOf[account];
        if (cumulative <= before) return (Fault.Nothing, 0);
        amount = cumulative - before;
        uint256 minted = totalSupply() + _redeemed;
        if (minted > cumTotal || amount > cumTotal - minted) return (Fault.Total, 0);
        if (!MerkleProof.verifyCalldata(proof, _epochs[id].root, _leaf(account, cumulative))) return (Fault.Proof, 0);
        return (Fault.None, amount);
    }

    function _standing(uint256 id) private view returns (Fault, uint256) {
        if (id == 0 || id > _head) return (Fault.Unknown, 0);
        (uint256 cumTotal,, uint256 activeAt, bool vetoed) = _terms(id);
        if (vetoed) return (Fault.Vetoed, 0);
        if (block.timestamp < activeAt) return (Fault.NotActive, 0);
        return (Fault.None, cumTotal);
    }

    /// @dev Double-hashed, so that no inner node can pass for a leaf; bound to chain and contract, so that no other can use it.
    function _leaf(address account, uint256 cumulative) private view returns (bytes32) {
        bytes32 inner = keccak256(abi.encode(block.chainid, address(this), account, cumulative));
        return keccak256(bytes.concat(inner));
    }

    function _pay(uint256 id, address account, uint256 amount, uint256 cumulative) private {
        claimedOf[account] = cumulative;
        _mint(account, amount);
        emit Claimed(account, id, amount, cumulative);
    }

    function _refuse(Fault fault, uint256 id, address account) private view {
        (uint256 cumTotal,, uint256 activeAt,) = _terms(id);
        // slither takes these for amounts that somebody might push past: an enum is only ever one of its names.
        // slither-disable-start incorrect-equality
        if (fault == Fault.Unknown) revert EpochUnknown(id);
        if (fault == Fault.NotActive) revert EpochNotActive(id, activeAt);
        if (fault == Fault.Vetoed) revert EpochIsVetoed(id);
        if (fault == Fault.Account) revert InvalidAccount(account);
        if (fault == Fault.Nothing) revert NothingToClaim(account, claimedOf[account]);
        if (fault == Fault.Total) revert TotalExceeded(id, cumTotal);
        // slither-disable-end incorrect-equality
        revert InvalidProof();
    }

    // Stablecoin

    /// @inheritdoc IArenaCredits
    function redeem(uint256 amount, address to) external nonReentrant returns (uint256 paid) {
        if (to == address(0) || to == address(this)) revert InvalidReceiver(to);
        _burn(msg.sender, amount);
        paid = amount * rateNumerator / rateDenominator;
        if (paid == 0) revert AmountTooSmall(amount);
        _redeemed += uint88(amount);
        paidOut += paid;
        emit Redeemed(msg.sender, to, amount, paid);
        _send(to, paid);
    }

    /// @inheritdoc IArenaCredits
    function sweep(address to, uint256 amount) external onlyRole(ADMIN) nonReentrant {
        if (to == address(0) || to == address(this)) revert InvalidReceiver(to);
        uint256 balance = stablecoin.balanceOf(address(this));
        uint256 needed = liabilities() + amount;
        if (balance < needed) revert Insolvent(balance, needed);
        emit Swept(to, amount);
        _send(to, amount);
    }

    /// @dev What leaves must be what arrives: a token with fees would eat what others are owed.
    function _send(address to, uint256 amount) private {
        uint256 here = stablecoin.balanceOf(address(this));
        uint256 there = stablecoin.balanceOf(to);
        stablecoin.safeTransfer(to, amount);
        uint256 sent = here - stablecoin.balanceOf(address(this));
        uint256 received = stablecoin.balanceOf(to) - there;
        if (sent != amount || received != amount) revert UnsupportedTransfer(sent, received);
    }

    function _owed(uint256 credits) private view returns (uint256) {
        // At most 89 bits times 128 bits, plus 128 bits: no overflow.
        unchecked {
            return (credits * rateNumerator + rateDenominator - 1) / rateDenominator;
        }
    }

    // Switches

    /// @inheritdoc IArenaCredits
    function pause() external onlyRole(GUARDIAN) {
        if (_paused) revert ContractPaused();
        _paused = true;
        emit Paused(msg.sender);
    }

    /// @inheritdoc IArenaCredits
    function unpause() external onlyRole(ADMIN) {
        if (!_paused) revert ContractNotPaused();
        _paused = false;
        emit Unpaused(msg.sender);
    }

    /// @inheritdoc IArenaCredits
    function openTransfers() external onlyRole(ADMIN) {
        if (transfersOpen) revert TransfersAlreadyOpen();
        transfersOpen = true;
        emit TransfersOpened();
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0) && to != address(0) && !transfersOpen) revert TransfersLocked();
        super._update(from, to, value);
    }

    // Views

    /// @inheritdoc IArenaCredits
    function epochs(uint256 id) external view returns (bytes32 root, uint256 cumTotal, uint256 activeAt, bool vetoed) {
        root = _epochs[id].root;
        (cumTotal,, activeAt, vetoed) = _terms(id);
    }

    /// @inheritdoc IArenaCredits
    function head() external view returns (uint256) {
        return _head;
    }

    /// @inheritdoc IArenaCredits
    function committed() external view returns (uint256) {
        return _committed;
    }

    /// @inheritdoc IArenaCredits
    function redeemed() external view returns (uint256) {
        return _redeemed;
    }

    /// @inheritdoc IArenaCredits
    function paused() external view returns (bool) {
        return _paused;
    }

    /// @inheritdoc IArenaCredits
    function liabilities() public view returns (uint256) {
        return _owed(_committed - _redeemed);
    }

    /// @notice 6, like the stablecoin.
    function decimals() public pure override returns (uint8) {
        return DECIMALS;
    }
}
