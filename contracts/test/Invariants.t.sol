// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./Fixture.sol";
import {Handler} from "./Handler.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @notice The handler's arena.
abstract contract Arena is Fixture {
    Handler internal handler;

    function rate() internal pure virtual returns (uint128 numerator, uint128 denominator);

    function setUp() public virtual override {
        super.setUp();
        (uint128 numerator, uint128 denominator) = rate();
        credits = make(IERC20Metadata(address(coin)), numerator, denominator);
        coin.mint(address(credits), 5_000e6);
        handler = new Handler(credits, coin, [admin, settler, guardian], START);
    }

    /// @dev What forge calls at random: the handler alone, as one sender.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSenders() public view returns (address[] memory senders) {
        senders = new address[](1);
        senders[0] = stranger;
    }
}

abstract contract Invariants is Arena {
    function owed(uint256 amount) internal pure returns (uint256) {
        (uint128 numerator, uint128 denominator) = rate();
        return (amount * numerator + denominator - 1) / denominator;
    }

    function invariant_I1_the_balance_covers_what_is_owed() public view {
        uint256 needed = owed(credits.committed() - credits.redeemed());
        eq(credits.liabilities(), needed, "I1 liabilities");
        isTrue(coin.balanceOf(address(credits)) >= needed, "I1 balance");
    }

    function invariant_I2_what_was_minted_is_what_was_claimed_and_committed() public view {
        uint256 claimed = 0;
        uint256 held = 0;
        for (uint256 i = 0; i < 4; ++i) {
            claimed += credits.claimedOf(handler.people(i));
            held += credits.balanceOf(handler.people(i));
        }
        eq(credits.totalSupply() + credits.redeemed(), claimed, "I2 claimed");
        eq(credits.totalSupply(), held, "I2 held");
        isTrue(claimed <= credits.committed(), "I2 committed");
    }

    function invariant_I3_what_an_account_claimed_never_falls() public view {
        isTrue(!handler.someClaimFell(), "I3");
    }

    function invariant_I4_the_total_is_that_of_the_last_good_epoch() public view {
        eq(credits.committed(), handler.goodTotal(), "I4");
    }

    function invariant_I5_heads_are_consecutive() public view {
        eq(credits.head(), handler.epochsPosted(), "I5 head");
        (bytes32 root,,,) = credits.epochs(credits.head() + 1);
        eq(root, bytes32(0), "I5 nothing beyond");
        for (uint256 id = 1; id <= credits.head(); ++id) {
            (root,,,) = credits.epochs(id);
            isTrue(root != bytes32(0), "I5 no gap");
        }
    }

    function invariant_I6_no_more_was_paid_than_the_rate_gives() public view {
        (uint128 numerator, uint128 denominator) = rate();
        eq(credits.redeemed(), handler.burned(), "I6 redeemed");
        eq(credits.paidOut(), handler.paid(), "I6 paid");
        isTrue(credits.paidOut() <= credits.redeemed() * numerator / denominator, "I6 rate");
    }

    function invariant_I7_nobody_but_the_account_gains_from_a_claim() public view {
        isTrue(!handler.somebodyElseGained(), "I7");
    }
}

contract InvariantsAtPar is Invariants {
    function rate() internal pure override returns (uint128, uint128) {
        return (1, 1);
    }
}

contract InvariantsBelowPar is Invariants {
    function rate() internal pure override returns (uint128, uint128) {
        return (3, 7);
    }
}

contract InvariantsAbovePar is Invariants {
    function rate() internal pure override returns (uint128, uint128) {
        return (17, 11);
    }
}

/// @notice The handler does what it is there for: each action succeeds, and each refusal happens.
contract HandlerReach is Arena {
    function rate() internal pure override returns (uint128, uint128) {
        return (3, 7);
    }

    function test_the_handler_reaches_every_branch() public {
        uint256 dice = 1;
        for (uint256 i = 0; i < 1200; ++i) {
            dice = uint256(keccak256(abi.encode(dice)));
            act(dice % 9, dice >> 8);
        }
        string[6] memory actions = ["post", "veto", "claim", "claimMany", "redeem", "sweep"];
        for (uint256 i = 0; i < 6; ++i) {
            isTrue(handler.times(bytes32(bytes(actions[i]))) > 5, actions[i]);
            string memory no = string.concat(actions[i], " refused");
            isTrue(handler.times(bytes32(bytes(no))) > 5, no);
        }
    }

    function act(uint256 action, uint256 dice) internal {
        if (action == 0) handler.post([dice, dice >> 9, dice >> 18, dice >> 27], dice >> 36, dice >> 44);
        else if (action == 1 && dice % 4 == 0) handler.veto(dice >> 8);
        else if (action == 2) handler.claim(dice, dice >> 8, dice >> 16);
        else if (action == 3) handler.claimMany(dice, dice >> 8);
        else if (action == 4) handler.redeem(dice, dice >> 8, dice >> 16);
        else if (action == 5) handler.sweep(dice);
        else if (action == 6) handler.fund(dice);
        else if (action == 7) handler.pass(dice);
        else if (action == 8) handler.pause(dice);
    }
}
