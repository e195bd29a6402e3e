// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaCredits} from "../src/interfaces/IArenaCredits.sol";
import {IArenaLog} from "../src/interfaces/IArenaLog.sol";
import {Fixture} from "./Fixture.sol";
import {Tree} from "./Tree.sol";
import {TestStablecoin} from "./mocks/TestStablecoin.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @notice Gas of whole transactions, intrinsic cost included, of the committed bytecode: each figure to the unit, and within
/// its bar. Proofs have 17 nodes, as in a tree of 100,000 leaves (2^16 < 100,000 <= 2^17).
/// forge-config: default.isolate = true
/// forge-config: ci.isolate = true
/// forge-config: deep.isolate = true
contract GasTest is Fixture {
    uint256 internal constant DEPTH = 17;
    uint256 internal constant HOLDERS = 50;
    uint256 internal constant OWN_LEVELS = 6;
    uint256 internal constant TOTAL = 900e6;

    IArenaLog internal log;

    function setUp() public override {
        super.setUp();
        coin = TestStablecoin(deploy("TestStablecoin", ""));
        credits = make(IERC20Metadata(address(coin)), 1, 1);
        coin.mint(address(credits), 10_000e6);
        log = IArenaLog(deploy("ArenaLog", abi.encode(admin, settler)));
        // Somebody holds credits already.
        postActive(1, [uint256(1), 0, 0, 0]);
        claim(1, [uint256(1), 0, 0, 0], 0);
    }

    function holds(string memory what, uint256 figure, uint256 bar) internal view {
        uint256 used = vm.lastCallGas().gasTotalUsed;
        eq(used, figure, what);
        isTrue(used <= bar, what);
    }

    /// @dev A path of 17 nodes from one leaf to a root.
    function pathOf(address account, uint256 cumulative) internal view returns (bytes32[] memory path, bytes32 root) {
        path = new bytes32[](DEPTH);
        root = Tree.leaf(block.chainid, address(credits), account, cumulative);
        for (uint256 i = 0; i < DEPTH; ++i) {
            path[i] = keccak256(abi.encode("node", i));
            root = Tree.join(root, path[i]);
        }
    }

    /// @dev The next epoch, whose tree holds this leaf.
    function epochOf(address account, uint256 cumulative, uint256 cumTotal) internal returns (bytes32[] memory path) {
        bytes32 root;
        (path, root) = pathOf(account, cumulative);
        postAs(credits.head() + 1, root, cumTotal);
    }

    function test_C1_first_claim_of_a_new_holder() public {
        bytes32[] memory path = epochOf(ben, 123_456_789, TOTAL);
        pass(DELAY);
        credits.claim(2, ben, 123_456_789, path);
        holds("C1", 95_532, 97_000);
    }

    function test_C2_later_claim() public {
        bytes32[] memory path = epochOf(ben, 123_456_789, TOTAL);
        pass(DELAY);
        credits.claim(2, ben, 123_456_789, path);
        path = epochOf(ben, 234_567_891, TOTAL);
        pass(DELAY);
        credits.claim(3, ben, 234_567_891, path);
        holds("C2", 61_302, 62_000);
    }

    /// @dev Fifty known holders in a tree of depth 17: six levels of their own and of 14 others, and eleven above.
    function batchTree(uint256 cumulative) internal returns (IArenaCredits.Claim[] memory batch) {
        bytes32[] memory leaves = new bytes32[](2 ** OWN_LEVELS);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = Tree.leaf(block.chainid, address(credits), holder(i), cumulative);
        }
        bytes32 root = Tree.root(leaves);
        batch = new IArenaCredits.Claim[](HOLDERS);
        for (uint256 i = 0; i < HOLDERS; ++i) {
            batch[i] = IArenaCredits.Claim(holder(i), cumulative, lengthened(Tree.proof(leaves, i)));
        }
        for (uint256 i = OWN_LEVELS; i < DEPTH; ++i) {
            root = Tree.join(root, keccak256(abi.encode("node", i)));
        }
        postAs(credits.head() + 1, root, credits.committed() + TOTAL / 2);
        pass(DELAY);
    }

    function holder(uint256 index) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("holder", index)))));
    }

    function lengthened(bytes32[] memory path) internal pure returns (bytes32[] memory longer) {
        uint256 added = DEPTH - OWN_LEVELS;
        longer = new bytes32[](path.length + added);
        for (uint256 i = 0; i < path.length; ++i) {
            longer[i] = path[i];
        }
        for (uint256 i = 0; i < added; ++i) {
            longer[path.length + i] = keccak256(abi.encode("node", OWN_LEVELS + i));
        }
    }

    function test_C3_batch_of_fifty_known_holders() public {
        credits.claimMany(2, batchTree(4_000_000));
        IArenaCredits.Claim[] memory batch = batchTree(8_123_456);
        uint256 claimed = credits.claimMany(3, batch);
        holds("C3", 1_485_220, HOLDERS * 31_000);
        eq(claimed, HOLDERS, "all of them");
        for (uint256 i = 0; i < HOLDERS; ++i) {
            eq(batch[i].proof.length, DEPTH, "depth");
        }
    }

    function test_C4_post() public {
        epochOf(ben, 1, TOTAL);
        holds("C4", 81_862, 82_000);
        pass(DELAY);
        postAs(3, keccak256("root"), TOTAL + uint256(CAP));
        isTrue(vm.lastCallGas().gasTotalUsed <= 82_000, "C4, again");
    }

    function test_C5_anchor() public {
        vm.prank(settler);
        log.append(1, 1_000_000, keccak256("tree"), keccak256("ratings"), DATA);
        vm.prank(settler);
        log.append(2, 2_000_000, keccak256("tree 2"), keccak256("ratings 2"), DATA);
        holds("C5", 35_820, 36_000);
    }
}
