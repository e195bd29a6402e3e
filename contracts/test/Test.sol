// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @notice What a test contract needs of forge: cheat codes and a few comparisons.
abstract contract Test {
    bool public constant IS_TEST = true;
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error NotEqual(uint256 found, uint256 expected, string what);
    error NotEqualBytes(bytes32 found, bytes32 expected, string what);
    error NotTrue(string what);

    function eq(uint256 found, uint256 expected, string memory what) internal pure {
        if (found != expected) revert NotEqual(found, expected, what);
    }

    function eq(bytes32 found, bytes32 expected, string memory what) internal pure {
        if (found != expected) revert NotEqualBytes(found, expected, what);
    }

    function eq(address found, address expected, string memory what) internal pure {
        if (found != expected) revert NotEqual(uint160(found), uint160(expected), what);
    }

    function isTrue(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    /// @notice `value` folded into `low..high`, both included.
    function within(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + value % (high - low + 1);
    }
}
