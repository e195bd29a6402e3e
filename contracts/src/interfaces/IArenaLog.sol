// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Anchors of an arena's public log: one hash-chained header an epoch
/// @dev hash = keccak256(abi.encode(hash before, number, size, treeRoot, ratingsRoot, dataHash)); the hash before the first
/// header is keccak256(abi.encode(chain id, this contract)). Headers live in events; storage holds the newest number, size and hash.
interface IArenaLog {
    /// @notice A header was appended. Its hash follows from these fields and the hash before.
    event Appended(uint256 indexed number, uint64 size, bytes32 treeRoot, bytes32 ratingsRoot, bytes32 dataHash);
    /// @notice Another account appends from now on.
    event SettlerChanged(address indexed settler);

    /// @notice Only the settler may append.
    error NotSettler(address account);
    /// @notice The zero address can append nothing.
    error InvalidSettler();
    /// @notice Header numbers are consecutive.
    error NumberOutOfOrder(uint256 number, uint256 expected);
    /// @notice The log never shrinks.
    error SizeFell(uint64 size, uint64 last);
    /// @notice A log without a root.
    error EmptyRoot();

    /// @notice Appends the header of the next epoch. Only the settler.
    /// @param number The next number: the newest plus 1. The first is 1.
    /// @param size Entries in the public log; never falls.
    /// @param treeRoot Root of the log's Merkle tree at that size; not zero.
    /// @param ratingsRoot Commits to the ratings at that size.
    /// @param dataHash Commits to the epoch's data set.
    function append(uint256 number, uint64 size, bytes32 treeRoot, bytes32 ratingsRoot, bytes32 dataHash) external;

    /// @notice Names who appends. Only the owner.
    function setSettler(address next) external;

    /// @notice The newest header: its number (0 before the first), the log's size, and its hash.
    function head() external view returns (uint256 number, uint64 size, bytes32 hash);

    /// @notice Who appends.
    function settler() external view returns (address);
}
