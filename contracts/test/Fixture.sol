// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaCredits} from "../src/interfaces/IArenaCredits.sol";
import {Credits, Deployer} from "./Deployer.sol";
import {Tree} from "./Tree.sol";
import {TestStablecoin} from "./mocks/TestStablecoin.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @notice The cast, a funded contract, and epochs of four people.
abstract contract Fixture is Deployer {
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant DELAY = 1 days;
    uint56 internal constant CAP = 1_000e6;
    bytes32 internal constant DATA = keccak256("data");

    address internal admin = person("admin");
    address internal settler = person("settler");
    address internal guardian = person("guardian");
    address internal ada = person("ada");
    address internal ben = person("ben");
    address internal cleo = person("cleo");
    address internal dan = person("dan");
    address internal stranger = person("stranger");
    address[4] internal people = [ada, ben, cleo, dan];

    TestStablecoin internal coin;
    Credits internal credits;
    uint256 internal clock;

    function setUp() public virtual {
        clock = START;
        vm.warp(clock);
        coin = new TestStablecoin();
        credits = make(IERC20Metadata(address(coin)), 1, 1);
        coin.mint(address(credits), 10_000e6);
    }

    function person(string memory name) internal returns (address account) {
        account = address(uint160(uint256(keccak256(bytes(name)))));
        vm.label(account, name);
    }

    function make(IERC20Metadata stablecoin, uint128 numerator, uint128 denominator) internal returns (Credits) {
        bytes memory people_ = abi.encode(admin, settler, guardian);
        bytes memory numbers = abi.encode(stablecoin, numerator, denominator, CAP, DELAY);
        return makeWith(numbers, people_);
    }

    /// @notice `numbers` are coin, numerator, denominator, cap and delay; `people_` admin, settler and guardian.
    function makeWith(bytes memory numbers, bytes memory people_) internal returns (Credits) {
        // Ten words, two of them places of the strings that follow.
        bytes memory head = bytes.concat(abi.encode(320, 384), numbers, people_);
        bytes memory tail = abi.encodePacked(uint256(16), bytes32("Evenhand Credits"), uint256(3), bytes32("EVC"));
        return Credits(deploy("ArenaCredits", bytes.concat(head, tail)));
    }

    function pass(uint256 time) internal {
        clock += time;
        vm.warp(clock);
    }

    function leavesOf(uint256[4] memory amounts) internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](4);
        for (uint256 i = 0; i < 4; ++i) {
            leaves[i] = Tree.leaf(block.chainid, address(credits), people[i], amounts[i]);
        }
    }

    function proofOf(uint256[4] memory amounts, uint256 index) internal view returns (bytes32[] memory) {
        return Tree.proof(leavesOf(amounts), index);
    }

    function rootOf(uint256[4] memory amounts) internal view returns (bytes32) {
        return Tree.root(leavesOf(amounts));
    }

    function sum(uint256[4] memory amounts) internal pure returns (uint256) {
        return amounts[0] + amounts[1] + amounts[2] + amounts[3];
    }

    function post(uint256 id, uint256[4] memory amounts) internal {
        postAs(id, rootOf(amounts), sum(amounts));
    }

    function postAs(uint256 id, bytes32 root, uint256 cumTotal) internal {
        vm.prank(settler);
        credits.post(id, root, cumTotal, DATA);
    }

    function postActive(uint256 id, uint256[4] memory amounts) internal {
        post(id, amounts);
        pass(DELAY);
    }

    function veto(uint256 id) internal {
        vm.prank(guardian);
        credits.veto(id);
    }

    /// @notice The batch of all four; each entry can be spoilt afterwards.
    function batchOf(uint256[4] memory amounts) internal view returns (IArenaCredits.Claim[] memory batch) {
        batch = new IArenaCredits.Claim[](4);
        for (uint256 i = 0; i < 4; ++i) {
            batch[i] = IArenaCredits.Claim(people[i], amounts[i], proofOf(amounts, i));
        }
    }

    function claim(uint256 id, uint256[4] memory amounts, uint256 index) internal returns (uint256) {
        return credits.claim(id, people[index], amounts[index], proofOf(amounts, index));
    }

    /// @notice Ada, Ben, Cleo and Dan have claimed 100, 200, 300 and 400 credits.
    function spread() internal returns (uint256[4] memory amounts) {
        amounts = [uint256(100e6), 200e6, 300e6, 400e6];
        postActive(1, amounts);
        credits.claimMany(1, batchOf(amounts));
    }
}
