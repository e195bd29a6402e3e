// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaCredits} from "../src/interfaces/IArenaCredits.sol";
import {Fixture} from "./Fixture.sol";
import {BlocklistStablecoin, FeeStablecoin, ReentrantStablecoin, SenderFeeStablecoin} from "./mocks/Stablecoins.sol";
import {TestStablecoin} from "./mocks/TestStablecoin.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

contract RedeemTest is Fixture {
    /// @dev The same arena with another coin or rate, and everybody's claims made.
    function over(TestStablecoin other, uint128 numerator, uint128 denominator) internal {
        coin = other;
        credits = make(IERC20Metadata(address(other)), numerator, denominator);
        other.mint(address(credits), 10_000e6);
        spread();
    }

    function redeem(address account, uint256 amount, address to) internal returns (uint256) {
        vm.prank(account);
        return credits.redeem(amount, to);
    }

    function test_credits_are_burned_and_stablecoin_is_paid() public {
        spread();
        vm.expectEmit(true, true, true, true, address(credits));
        emit IArenaCredits.Redeemed(ada, stranger, 40e6, 40e6);
        eq(redeem(ada, 40e6, stranger), 40e6, "paid");
        eq(coin.balanceOf(stranger), 40e6, "receiver");
        eq(credits.balanceOf(ada), 60e6, "balance");
        eq(credits.totalSupply(), 960e6, "supply");
        eq(credits.redeemed(), 40e6, "redeemed");
        eq(credits.paidOut(), 40e6, "paid out");
        eq(credits.liabilities(), 960e6, "liabilities");
        eq(credits.committed(), 1_000e6, "committed");
        eq(credits.claimedOf(ada), 100e6, "claimed");
        redeem(ada, 10e6, ada);
        eq(credits.redeemed(), 50e6, "redeemed, in all");
        eq(credits.paidOut(), 50e6, "paid out, in all");
    }

    function test_redemption_touches_nothing_else() public {
        uint256[4] memory amounts = spread();
        amounts[0] += 5;
        post(2, amounts);
        redeem(ada, 40e6, ada);
        eq(credits.head(), 2, "head");
        bytes32 root = rootOf(amounts);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochPending.selector, 2, START + 2 * DELAY));
        postAs(3, root, sum(amounts));
        isTrue(!credits.paused(), "not paused");
    }

    function test_payment_is_rounded_down() public {
        over(new TestStablecoin(), 2, 3);
        eq(redeem(ada, 100, ada), 66, "two thirds of a hundred");
        eq(redeem(ada, 2, ada), 1, "two thirds of two");
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.AmountTooSmall.selector, 1));
        redeem(ada, 1, ada);
    }

    function test_nothing_is_not_redeemed() public {
        spread();
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.AmountTooSmall.selector, 0));
        redeem(ada, 0, ada);
    }

    function test_nobody_redeems_more_than_they_hold() public {
        spread();
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, ada, 100e6, 100e6 + 1));
        redeem(ada, 100e6 + 1, ada);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, stranger, 0, 1));
        redeem(stranger, 1, stranger);
    }

    function test_neither_nobody_nor_the_contract_is_paid() public {
        spread();
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.InvalidReceiver.selector, address(0)));
        redeem(ada, 1, address(0));
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.InvalidReceiver.selector, address(credits)));
        redeem(ada, 1, address(credits));
    }

    function test_redemption_goes_on_while_paused_and_after_a_veto() public {
        spread();
        vm.startPrank(guardian);
        credits.pause();
        credits.veto(1);
        vm.stopPrank();
        eq(redeem(ada, 100e6, ada), 100e6, "paid");
        isTrue(credits.paused(), "still paused");
    }

    function test_everybody_can_be_paid_at_any_rate(uint256 numerator, uint256 denominator, uint256[4] memory parts)
        public
    {
        numerator = within(numerator, 1, 9);
        denominator = within(denominator, 1, 9);
        over(new TestStablecoin(), uint128(numerator), uint128(denominator));
        uint256 surplus = coin.balanceOf(address(credits)) - credits.liabilities();
        vm.prank(admin);
        credits.sweep(stranger, surplus);
        for (uint256 i = 0; i < 4; ++i) {
            uint256 part = within(parts[i], denominator, 100e6 - denominator);
            redeem(people[i], part, people[i]);
            isTrue(coin.balanceOf(address(credits)) >= credits.liabilities(), "solvent");
            redeem(people[i], credits.balanceOf(people[i]), people[i]);
        }
        eq(credits.totalSupply(), 0, "all redeemed");
        isTrue(credits.paidOut() <= 1_000e6 * numerator / denominator, "never more than the rate");
    }

    function test_only_what_nobody_is_owed_is_swept() public {
        spread();
        vm.startPrank(admin);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.Insolvent.selector, 10_000e6, 10_000e6 + 1));
        credits.sweep(stranger, 9_000e6 + 1);
        vm.expectEmit(true, true, true, true, address(credits));
        emit IArenaCredits.Swept(stranger, 9_000e6);
        credits.sweep(stranger, 9_000e6);
        eq(coin.balanceOf(stranger), 9_000e6, "swept");
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.InvalidReceiver.selector, address(0)));
        credits.sweep(address(0), 0);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.InvalidReceiver.selector, address(credits)));
        credits.sweep(address(credits), 0);
    }

    function test_a_sweep_leaves_a_pending_epoch_and_fractions() public {
        credits = make(IERC20Metadata(address(coin)), 2, 3);
        coin.mint(address(credits), 100);
        postAs(1, keccak256("root"), 100);
        vm.startPrank(admin);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.Insolvent.selector, 100, 101));
        credits.sweep(stranger, 34);
        credits.sweep(stranger, 33);
    }

    function test_a_token_that_takes_a_fee_pays_nothing() public {
        over(new FeeStablecoin(), 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.UnsupportedTransfer.selector, 100e6, 99e6));
        redeem(ada, 100e6, ada);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.UnsupportedTransfer.selector, 100, 99));
        vm.prank(admin);
        credits.sweep(stranger, 100);
        over(new SenderFeeStablecoin(), 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.UnsupportedTransfer.selector, 101e6, 100e6));
        redeem(ada, 100e6, ada);
    }

    function test_a_blocklisted_account_stops_nobody_else_and_can_be_paid_elsewhere() public {
        BlocklistStablecoin list = new BlocklistStablecoin();
        over(list, 1, 1);
        list.block_(ada);
        vm.expectRevert(abi.encodeWithSelector(BlocklistStablecoin.Blocked.selector, ada));
        redeem(ada, 100e6, ada);
        eq(redeem(ben, 200e6, ben), 200e6, "ben");
        eq(redeem(ada, 100e6, stranger), 100e6, "ada, elsewhere");
    }

    function reenter(bytes memory plan, bytes4 refusal) internal {
        ReentrantStablecoin hook = ReentrantStablecoin(address(coin));
        hook.arm(address(credits), plan);
        redeem(ada, 10e6, ada);
        isTrue(!hook.done(), "refused");
        isTrue(bytes4(hook.answer()) == refusal, "reason");
    }

    function test_no_payment_and_no_post_within_a_payment() public {
        over(new ReentrantStablecoin(), 1, 1);
        bytes32 settles = credits.SETTLER();
        bytes32 administers = credits.ADMIN();
        vm.startPrank(admin);
        credits.grantRole(settles, address(coin));
        credits.grantRole(administers, address(coin));
        vm.stopPrank();
        bytes4 refusal = IArenaCredits.PaymentUnderWay.selector;
        reenter(abi.encodeCall(IArenaCredits.redeem, (1, ada)), refusal);
        reenter(abi.encodeCall(IArenaCredits.sweep, (stranger, 1)), refusal);
        reenter(abi.encodeCall(IArenaCredits.post, (2, keccak256("root"), 1_000e6, DATA)), refusal);
        eq(credits.redeemed(), 30e6, "each payment went through once");
        eq(coin.balanceOf(ada), 30e6, "paid once each");
    }

    function test_a_claim_within_a_payment_mints_no_more_than_the_total() public {
        over(new ReentrantStablecoin(), 1, 1);
        uint256[4] memory amounts = [uint256(100e6), 200e6, 300e6, 500e6];
        postAs(2, rootOf(amounts), 1_000e6);
        pass(DELAY);
        bytes memory plan = abi.encodeCall(IArenaCredits.claim, (2, dan, 500e6, proofOf(amounts, 3)));
        reenter(plan, IArenaCredits.TotalExceeded.selector);
    }
}
