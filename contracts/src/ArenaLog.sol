// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaLog} from "./interfaces/IArenaLog.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title The log of anchors: what each function promises stands in IArenaLog
contract ArenaLog is IArenaLog, Ownable {
    // One slot, so that asking who the settler is costs nothing.
    address private _settler;
    uint64 private _size;
    uint32 private _number;
    bytes32 private _hash;

    /// @param owner Names the settler: a timelock.
    /// @param first Who appends until the owner says otherwise.
    constructor(address owner, address first) Ownable(owner) {
        _hash = keccak256(abi.encode(block.chainid, address(this)));
        _appoint(first);
    }

    /// @inheritdoc IArenaLog
    function append(uint256 number, uint64 size, bytes32 treeRoot, bytes32 ratingsRoot, bytes32 dataHash) external {
        if (msg.sender != _settler) revert NotSettler(msg.sender);
        uint256 next = uint256(_number) + 1;
        if (number != next) revert NumberOutOfOrder(number, next);
        if (size < _size) revert SizeFell(size, _size);
        if (treeRoot == bytes32(0)) revert EmptyRoot();
        _number = SafeCast.toUint32(number);
        _size = size;
        _hash = keccak256(abi.encode(_hash, number, size, treeRoot, ratingsRoot, dataHash));
        emit Appended(number, size, treeRoot, ratingsRoot, dataHash);
    }

    /// @inheritdoc IArenaLog
    function setSettler(address next) external onlyOwner {
        _appoint(next);
    }

    /// @inheritdoc IArenaLog
    function head() external view returns (uint256 number, uint64 size, bytes32 hash) {
        return (_number, _size, _hash);
    }

    /// @inheritdoc IArenaLog
    function settler() external view returns (address) {
        return _settler;
    }

    function _appoint(address next) private {
        if (next == address(0)) revert InvalidSettler();
        _settler = next;
        emit SettlerChanged(next);
    }
}
