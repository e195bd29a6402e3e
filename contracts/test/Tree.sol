// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A Merkle tree with sorted pairs, made level by level; written apart from the contract and its library.
library Tree {
    function leaf(uint256 chain, address credits, address account, uint256 cumulative) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(chain, credits, account, cumulative))));
    }

    function join(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    /// @dev The nodes above; one without a partner rises as it is.
    function above(bytes32[] memory nodes) internal pure returns (bytes32[] memory next) {
        next = new bytes32[]((nodes.length + 1) / 2);
        for (uint256 i = 0; i < next.length; ++i) {
            bool alone = 2 * i + 1 == nodes.length;
            next[i] = alone ? nodes[2 * i] : join(nodes[2 * i], nodes[2 * i + 1]);
        }
    }

    function root(bytes32[] memory nodes) internal pure returns (bytes32) {
        while (nodes.length > 1) nodes = above(nodes);
        return nodes[0];
    }

    function proof(bytes32[] memory nodes, uint256 index) internal pure returns (bytes32[] memory path) {
        path = new bytes32[](0);
        while (nodes.length > 1) {
            uint256 partner = index ^ 1;
            if (partner < nodes.length) path = _append(path, nodes[partner]);
            nodes = above(nodes);
            index /= 2;
        }
    }

    function _append(bytes32[] memory list, bytes32 item) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < list.length; ++i) {
            longer[i] = list[i];
        }
        longer[list.length] = item;
    }
}
