// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "./Test.sol";
import {Tree} from "./Tree.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @notice The trees that Python and the page must build too, read by the verifier that the contract uses.
contract VectorsTest is Test {
    uint256 internal constant TREES = 57;

    function test_shared_trees_are_proven() public view {
        string memory json = vm.readFile("../fixtures/merkle/vectors.json");
        for (uint256 i = 0; i < TREES; i += 4) {
            string memory tree = string.concat(".trees[", vm.toString(i), "]");
            bytes32 root = vm.parseJsonBytes32(json, string.concat(tree, ".root"));
            uint256 chain = vm.parseJsonUint(json, string.concat(tree, ".chainId"));
            address credits = vm.parseJsonAddress(json, string.concat(tree, ".contract"));
            string memory proven = string.concat(tree, ".proofs[0]");
            uint256 index = vm.parseJsonUint(json, string.concat(proven, ".leaf"));
            string memory entry = string.concat(tree, ".leaves[", vm.toString(index), "]");
            address account = vm.parseJsonAddress(json, string.concat(entry, "[0]"));
            uint256 cumulative = vm.parseJsonUint(json, string.concat(entry, "[1]"));
            bytes32 leaf = Tree.leaf(chain, credits, account, cumulative);
            eq(leaf, vm.parseJsonBytes32(json, string.concat(proven, ".hash")), tree);
            bytes32[] memory path = vm.parseJsonBytes32Array(json, string.concat(proven, ".proof"));
            isTrue(MerkleProof.verify(path, root, leaf), tree);
        }
    }
}
