// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaCredits} from "../src/interfaces/IArenaCredits.sol";
import {Credits} from "./Deployer.sol";
import {Test} from "./Test.sol";
import {Tree} from "./Tree.sol";
import {TestStablecoin} from "./mocks/TestStablecoin.sol";

/// @notice Everybody who acts on the contract, a settler who lies among them, and what must have come of it.
contract Handler is Test {
    uint256 internal constant PEOPLE = 4;

    Credits public immutable credits;
    TestStablecoin public immutable coin;
    address internal immutable _admin;
    address internal immutable _settler;
    address internal immutable _guardian;
    address[PEOPLE] public people;

    uint256 public clock;
    /// @notice Leaves by epoch; what the settler wrote, not what was true.
    mapping(uint256 id => uint256[PEOPLE]) internal _amounts;
    /// @notice Total in force before each epoch, and the total that must be committed now.
    mapping(uint256 id => uint256) internal _totalBefore;
    uint256 public goodTotal;
    uint256 public epochsPosted;
    mapping(address account => uint256) public highest;
    uint256 public paid;
    uint256 public burned;
    bool public someClaimFell;
    bool public somebodyElseGained;
    mapping(bytes32 action => uint256) public times;

    constructor(Credits credits_, TestStablecoin coin_, address[3] memory trio, uint256 start) {
        (credits, coin, clock) = (credits_, coin_, start);
        (_admin, _settler, _guardian) = (trio[0], trio[1], trio[2]);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            people[i] = address(uint160(uint256(keccak256(abi.encode("person", i)))));
        }
    }

    /// @notice The settler posts what they like: true, too high, falling leaves, a total that is not the sum.
    function post(uint256[PEOPLE] calldata more, uint256 lie, uint256 wrongId) external {
        uint256 id = credits.head() + 1;
        uint256[PEOPLE] memory amounts = _amounts[id - 1];
        uint256 total = credits.committed();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            uint256 step = within(more[i], 0, 200e6);
            bool falls = lie % 5 == 1 && amounts[i] > step;
            amounts[i] = falls ? amounts[i] - step : amounts[i] + step;
            total += lie % 5 == 2 ? step / 2 : step;
        }
        if (lie % 5 == 3) total = within(lie, 0, 2 * total + 1);
        bool wrong = wrongId % 8 == 0;
        bytes32 root = Tree.root(leavesOf(amounts));
        vm.prank(_settler);
        try credits.post(wrong ? id + wrongId % 3 - 1 + (wrongId % 3 == 1 ? 5 : 0) : id, root, total, root) {
            (_amounts[id], _totalBefore[id], goodTotal) = (amounts, goodTotal, total);
            ++epochsPosted;
            ++times["post"];
        } catch {
            ++times["post refused"];
        }
    }

    function veto(uint256 which) external {
        uint256 id = within(which, 0, credits.head() + 1);
        (,, uint256 activeAt,) = credits.epochs(id);
        vm.prank(_guardian);
        try credits.veto(id) {
            if (clock < activeAt) goodTotal = _totalBefore[id];
            ++times["veto"];
        } catch {
            ++times["veto refused"];
        }
    }

    /// @notice Anybody claims for anybody, mostly on the newest epochs, sometimes another's amount.
    function claim(uint256 which, uint256 who, uint256 other) external {
        uint256 id = epochAt(which);
        who = who % PEOPLE;
        uint256 amount = _amounts[id][other % 6 == 0 ? (who + 1) % PEOPLE : who];
        bytes32[] memory proof = Tree.proof(leavesOf(_amounts[id]), who);
        uint256[PEOPLE] memory before = balances();
        vm.prank(people[(who + 1) % PEOPLE]);
        try credits.claim(id, people[who], amount, proof) returns (uint256 gained) {
            checkGains(before, who, gained);
            ++times["claim"];
        } catch {
            ++times["claim refused"];
        }
        watch();
    }

    function claimMany(uint256 which, uint256 spoilt) external {
        uint256 id = epochAt(which);
        IArenaCredits.Claim[] memory batch = new IArenaCredits.Claim[](PEOPLE);
        bytes32[] memory leaves = leavesOf(_amounts[id]);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            batch[i] = IArenaCredits.Claim(people[i], _amounts[id][i], Tree.proof(leaves, i));
        }
        batch[spoilt % PEOPLE].cumulative += spoilt % 3;
        uint256 here = credits.balanceOf(address(this));
        try credits.claimMany(id, batch) returns (uint256 claimed) {
            times["claimMany"] += claimed;
        } catch {
            ++times["claimMany refused"];
        }
        if (credits.balanceOf(address(this)) != here) somebodyElseGained = true;
        watch();
    }

    function redeem(uint256 who, uint256 amount, uint256 to) external {
        address account = people[who % PEOPLE];
        address receiver = people[to % PEOPLE];
        uint256 before = coin.balanceOf(receiver);
        amount = within(amount, 0, credits.balanceOf(account));
        vm.prank(account);
        try credits.redeem(amount, receiver) {
            burned += amount;
            paid += coin.balanceOf(receiver) - before;
            ++times["redeem"];
        } catch {
            ++times["redeem refused"];
        }
        watch();
    }

    function sweep(uint256 amount) external {
        amount = within(amount, 0, coin.balanceOf(address(credits)));
        vm.prank(_admin);
        try credits.sweep(address(this), amount) {
            ++times["sweep"];
        } catch {
            ++times["sweep refused"];
        }
    }

    function fund(uint256 amount) external {
        coin.mint(address(credits), within(amount, 0, 2_000e6));
    }

    function pass(uint256 time) external {
        clock += within(time, 1, 2 days);
        vm.warp(clock);
    }

    function pause(uint256 dice) external {
        bool paused = credits.paused();
        if (!paused && dice % 4 != 0) return;
        vm.prank(paused ? _admin : _guardian);
        paused ? credits.unpause() : credits.pause();
    }

    function leavesOf(uint256[PEOPLE] memory amounts) internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](PEOPLE);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            leaves[i] = Tree.leaf(block.chainid, address(credits), people[i], amounts[i]);
        }
    }

    function epochAt(uint256 which) internal view returns (uint256) {
        uint256 head = credits.head();
        return head - within(which, 0, head < 3 ? head : 3);
    }

    function balances() public view returns (uint256[PEOPLE] memory all) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            all[i] = credits.balanceOf(people[i]);
        }
    }

    function checkGains(uint256[PEOPLE] memory before, uint256 who, uint256 gained) internal {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            uint256 expected = before[i] + (i == who ? gained : 0);
            if (credits.balanceOf(people[i]) != expected) somebodyElseGained = true;
        }
    }

    function watch() internal {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            uint256 now_ = credits.claimedOf(people[i]);
            if (now_ < highest[people[i]]) someClaimFell = true;
            highest[people[i]] = now_;
        }
    }
}
