// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaCredits} from "../src/interfaces/IArenaCredits.sol";
import {Fixture} from "./Fixture.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

contract PostTest is Fixture {
    bytes32 internal constant ROOT = keccak256("root");

    function test_a_post_is_kept_and_told() public {
        vm.expectEmit(true, true, true, true, address(credits));
        emit IArenaCredits.EpochPosted(1, ROOT, DATA);
        postAs(1, ROOT, 500e6);
        (bytes32 root, uint256 cumTotal, uint256 activeAt, bool vetoed) = credits.epochs(1);
        eq(root, ROOT, "root");
        eq(cumTotal, 500e6, "cumTotal");
        eq(activeAt, START + DELAY, "activeAt");
        isTrue(!vetoed, "not vetoed");
        eq(credits.head(), 1, "head");
        eq(credits.committed(), 500e6, "committed");
        eq(credits.liabilities(), 500e6, "liabilities");
    }

    function test_an_unknown_epoch_is_all_zero() public view {
        (bytes32 root, uint256 cumTotal, uint256 activeAt, bool vetoed) = credits.epochs(7);
        isTrue(root == 0 && cumTotal == 0 && activeAt == 0 && !vetoed, "zero");
    }

    function test_ids_are_consecutive() public {
        for (uint256 id = 0; id < 4; ++id) {
            if (id == 1) continue;
            vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochOutOfOrder.selector, id, 1));
            postAs(id, ROOT, 1);
        }
        postAs(1, ROOT, 1);
        pass(DELAY);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochOutOfOrder.selector, 1, 2));
        postAs(1, ROOT, 1);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochOutOfOrder.selector, type(uint256).max, 2));
        postAs(type(uint256).max, ROOT, 1);
    }

    function test_the_root_is_not_zero() public {
        vm.expectRevert(IArenaCredits.EmptyRoot.selector);
        postAs(1, bytes32(0), 1);
    }

    function test_one_epoch_pends_at_a_time() public {
        postAs(1, ROOT, 1);
        pass(DELAY - 1);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochPending.selector, 1, START + DELAY));
        postAs(2, ROOT, 1);
        pass(1);
        postAs(2, ROOT, 1);
        eq(credits.head(), 2, "head");
    }

    function test_a_vetoed_epoch_pends_no_more() public {
        postAs(1, ROOT, 1);
        veto(1);
        postAs(2, ROOT, 2);
        eq(credits.head(), 2, "the vetoed id stays used");
        eq(credits.committed(), 2, "committed");
    }

    function test_the_total_never_falls_but_may_stay() public {
        postAs(1, ROOT, 500);
        pass(DELAY);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.TotalFell.selector, 499, 500));
        postAs(2, ROOT, 499);
        postAs(2, keccak256("other"), 500);
        eq(credits.committed(), 500, "committed");
    }

    function test_an_epoch_adds_at_most_the_cap() public {
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochCapExceeded.selector, CAP + 1, CAP));
        postAs(1, ROOT, CAP + 1);
        postAs(1, ROOT, CAP);
        pass(DELAY);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochCapExceeded.selector, 2 * CAP + 1, 2 * CAP));
        postAs(2, ROOT, 2 * uint256(CAP) + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IArenaCredits.EpochCapExceeded.selector, type(uint256).max, 2 * uint256(CAP))
        );
        postAs(2, ROOT, type(uint256).max);
        postAs(2, ROOT, 2 * uint256(CAP));
    }

    function test_a_vetoed_epoch_uses_up_no_cap() public {
        postAs(1, ROOT, CAP);
        veto(1);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochCapExceeded.selector, CAP + 1, CAP));
        postAs(2, ROOT, CAP + 1);
    }

    function test_what_would_be_owed_is_there() public {
        credits = make(IERC20Metadata(address(coin)), 1, 1);
        coin.mint(address(credits), 99);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.Insolvent.selector, 99, 100));
        postAs(1, ROOT, 100);
        postAs(1, ROOT, 99);
    }

    function test_what_would_be_owed_is_rounded_up() public {
        credits = make(IERC20Metadata(address(coin)), 2, 3);
        coin.mint(address(credits), 66);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.Insolvent.selector, 66, 67));
        postAs(1, ROOT, 100);
        eq(credits.liabilities(), 0, "nothing is owed yet");
        coin.mint(address(credits), 1);
        postAs(1, ROOT, 100);
        eq(credits.liabilities(), 67, "two thirds of a hundred");
    }

    function test_what_was_redeemed_is_owed_no_more() public {
        uint256[4] memory amounts = spread();
        vm.prank(dan);
        credits.redeem(400e6, dan);
        vm.prank(admin);
        credits.sweep(stranger, 10_000e6 - 1_000e6);
        eq(coin.balanceOf(address(credits)), 600e6, "just what is owed");
        amounts[3] += 1;
        uint256 total = sum(amounts);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.Insolvent.selector, 600e6, 600e6 + 1));
        vm.prank(settler);
        credits.post(2, ROOT, total, DATA);
        postAs(2, ROOT, total - 1);
    }

    function test_nothing_is_posted_while_paused() public {
        vm.prank(guardian);
        credits.pause();
        vm.expectRevert(IArenaCredits.ContractPaused.selector);
        postAs(1, ROOT, 1);
        vm.prank(admin);
        credits.unpause();
        postAs(1, ROOT, 1);
    }

    function test_a_veto_before_activation_takes_the_total_back() public {
        postAs(1, ROOT, 300);
        pass(DELAY);
        postAs(2, ROOT, 700);
        pass(DELAY - 1);
        vm.expectEmit(true, true, true, true, address(credits));
        emit IArenaCredits.EpochVetoed(2, true, 300);
        veto(2);
        eq(credits.committed(), 300, "committed");
        eq(credits.liabilities(), 300, "liabilities");
        eq(credits.head(), 2, "head");
        (,,, bool vetoed) = credits.epochs(2);
        isTrue(vetoed, "vetoed");
    }

    function test_a_veto_after_activation_keeps_the_total() public {
        postAs(1, ROOT, 300);
        pass(DELAY);
        postAs(2, ROOT, 700);
        pass(DELAY);
        vm.expectEmit(true, true, true, true, address(credits));
        emit IArenaCredits.EpochVetoed(2, false, 700);
        veto(2);
        eq(credits.committed(), 700, "committed");
    }

    function test_a_veto_of_an_old_epoch_leaves_the_pending_one_alone() public {
        postAs(1, ROOT, 300);
        pass(DELAY);
        postAs(2, ROOT, 700);
        veto(1);
        eq(credits.committed(), 700, "committed");
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochPending.selector, 2, START + 2 * DELAY));
        postAs(3, ROOT, 800);
    }

    function test_an_epoch_is_vetoed_once() public {
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochUnknown.selector, 0));
        veto(0);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochUnknown.selector, 1));
        veto(1);
        postAs(1, ROOT, 300);
        veto(1);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochIsVetoed.selector, 1));
        veto(1);
    }

    function test_a_stolen_settler_key_gets_one_cap_in_a_window(uint256 first, uint256 second) public {
        postAs(1, ROOT, within(first, 0, CAP));
        pass(DELAY - 1);
        bytes memory call = abi.encodeCall(IArenaCredits.post, (2, ROOT, within(second, 0, 2 * uint256(CAP)), DATA));
        vm.prank(settler);
        (bool done,) = address(credits).call(call);
        isTrue(!done && credits.committed() <= CAP, "no second epoch within the window");
    }
}
