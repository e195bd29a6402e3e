// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaCredits} from "../src/interfaces/IArenaCredits.sol";
import {Fixture} from "./Fixture.sol";
import {Tree} from "./Tree.sol";

contract ClaimTest is Fixture {
    uint256[4] internal first = [uint256(100), 200, 300, 400];
    uint256[4] internal second = [uint256(150), 200, 350, 500];

    function test_anybody_may_claim_and_the_account_is_paid() public {
        postActive(1, first);
        vm.expectEmit(true, true, true, true, address(credits));
        emit IArenaCredits.Claimed(ada, 1, 100, 100);
        vm.prank(stranger);
        eq(claim(1, first, 0), 100, "amount");
        eq(credits.balanceOf(ada), 100, "ada");
        eq(credits.balanceOf(stranger), 0, "stranger");
        eq(credits.claimedOf(ada), 100, "claimed");
        eq(credits.totalSupply(), 100, "supply");
    }

    function test_a_later_claim_pays_the_difference() public {
        postActive(1, first);
        claim(1, first, 0);
        postActive(2, second);
        vm.expectEmit(true, true, true, true, address(credits));
        emit IArenaCredits.Claimed(ada, 2, 50, 150);
        eq(claim(2, second, 0), 50, "amount");
        eq(credits.balanceOf(ada), 150, "balance");
        eq(credits.claimedOf(ada), 150, "claimed");
    }

    function test_nothing_is_paid_twice() public {
        postActive(1, first);
        claim(1, first, 0);
        bytes32[] memory proof = proofOf(first, 0);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.NothingToClaim.selector, ada, 100));
        credits.claim(1, ada, 100, proof);
        postActive(2, second);
        claim(2, second, 0);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.NothingToClaim.selector, ada, 150));
        credits.claim(1, ada, 100, proof);
    }

    function test_a_leaf_that_fell_pays_nothing() public {
        postActive(1, first);
        claim(1, first, 3);
        uint256[4] memory fallen = [uint256(800), 200, 300, 399];
        postActive(2, fallen);
        bytes32[] memory proof = proofOf(fallen, 3);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.NothingToClaim.selector, dan, 400));
        credits.claim(2, dan, 399, proof);
    }

    function test_an_epoch_is_claimed_on_from_its_activation_on() public {
        bytes32[] memory proof = proofOf(first, 0);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochUnknown.selector, 1));
        credits.claim(1, ada, 100, proof);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochUnknown.selector, 0));
        credits.claim(0, ada, 100, proof);
        post(1, first);
        pass(DELAY - 1);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochNotActive.selector, 1, START + DELAY));
        credits.claim(1, ada, 100, proof);
        pass(1);
        credits.claim(1, ada, 100, proof);
    }

    function test_a_vetoed_epoch_pays_nothing() public {
        bytes32[] memory proof = proofOf(first, 0);
        post(1, first);
        veto(1);
        pass(DELAY);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochIsVetoed.selector, 1));
        credits.claim(1, ada, 100, proof);
    }

    function test_a_veto_after_activation_stops_further_claims() public {
        postActive(1, first);
        claim(1, first, 0);
        veto(1);
        bytes32[] memory proof = proofOf(first, 1);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.EpochIsVetoed.selector, 1));
        credits.claim(1, ben, 200, proof);
        eq(credits.balanceOf(ada), 100, "what was claimed stays");
        postActive(2, second);
        eq(claim(2, second, 1), 200, "the next epoch pays");
    }

    function test_a_claim_in_flight_survives_a_newer_epoch() public {
        postActive(1, first);
        postActive(2, second);
        eq(claim(1, first, 0), 100, "old epoch");
        eq(claim(2, second, 0), 50, "new epoch");
    }

    function test_a_proof_fits_one_account_one_amount_and_one_epoch() public {
        postActive(1, first);
        bytes32[] memory proof = proofOf(first, 0);
        vm.expectRevert(IArenaCredits.InvalidProof.selector);
        credits.claim(1, ben, 100, proof);
        vm.expectRevert(IArenaCredits.InvalidProof.selector);
        credits.claim(1, ada, 101, proof);
        vm.expectRevert(IArenaCredits.InvalidProof.selector);
        credits.claim(1, ada, 99, proof);
        postActive(2, second);
        vm.expectRevert(IArenaCredits.InvalidProof.selector);
        credits.claim(2, ada, 100, proof);
        proof[0] ^= bytes32(uint256(1));
        vm.expectRevert(IArenaCredits.InvalidProof.selector);
        credits.claim(1, ada, 100, proof);
    }

    function test_a_leaf_of_another_chain_or_contract_pays_nothing() public {
        bytes32[] memory none = new bytes32[](0);
        postAs(1, Tree.leaf(block.chainid + 1, address(credits), ada, 100), 100);
        pass(DELAY);
        vm.expectRevert(IArenaCredits.InvalidProof.selector);
        credits.claim(1, ada, 100, none);
        postAs(2, Tree.leaf(block.chainid, address(coin), ada, 100), 100);
        pass(DELAY);
        vm.expectRevert(IArenaCredits.InvalidProof.selector);
        credits.claim(2, ada, 100, none);
        postAs(3, Tree.leaf(block.chainid, address(credits), ada, 100), 100);
        pass(DELAY);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(IArenaCredits.InvalidProof.selector);
        credits.claim(3, ada, 100, none);
    }

    function test_leaves_are_hashed_twice() public {
        bytes32[] memory none = new bytes32[](0);
        postAs(1, keccak256(abi.encode(block.chainid, credits, ada, 100)), 100);
        pass(DELAY);
        vm.expectRevert(IArenaCredits.InvalidProof.selector);
        credits.claim(1, ada, 100, none);
        postAs(2, Tree.leaf(block.chainid, address(credits), ada, 100), 100);
        pass(DELAY);
        eq(credits.claim(2, ada, 100, none), 100, "a tree of one leaf");
    }

    function test_the_zero_address_is_paid_nothing() public {
        bytes32[] memory none = new bytes32[](0);
        postAs(1, Tree.leaf(block.chainid, address(credits), address(0), 100), 100);
        pass(DELAY);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.InvalidAccount.selector, address(0)));
        credits.claim(1, address(0), 100, none);
    }

    function test_a_lying_tree_mints_no_more_than_its_total() public {
        postAs(1, rootOf(first), 999);
        pass(DELAY);
        for (uint256 i = 0; i < 3; ++i) {
            claim(1, first, i);
        }
        bytes32[] memory proof = proofOf(first, 3);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.TotalExceeded.selector, 1, 999));
        credits.claim(1, dan, 400, proof);
        eq(credits.totalSupply(), 600, "supply");
    }

    function test_a_lying_tree_is_bounded_by_what_was_redeemed_too() public {
        postAs(1, rootOf(first), 999);
        pass(DELAY);
        for (uint256 i = 0; i < 3; ++i) {
            claim(1, first, i);
            vm.prank(people[i]);
            credits.redeem(first[i], people[i]);
        }
        bytes32[] memory proof = proofOf(first, 3);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.TotalExceeded.selector, 1, 999));
        credits.claim(1, dan, 400, proof);
    }

    function test_an_old_epoch_cannot_mint_past_its_own_total() public {
        postAs(1, rootOf(first), 500);
        pass(DELAY);
        uint256[4] memory later = [uint256(501), 200, 350, 500];
        postActive(2, later);
        claim(2, later, 0);
        bytes32[] memory proof = proofOf(first, 1);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.TotalExceeded.selector, 1, 500));
        credits.claim(1, ben, 200, proof);
        claim(2, later, 1);
    }

    function test_an_endless_amount_is_refused_by_name() public {
        postActive(1, first);
        bytes32[] memory proof = proofOf(first, 0);
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.TotalExceeded.selector, 1, 1000));
        credits.claim(1, ada, type(uint256).max, proof);
    }

    function test_nothing_is_claimed_while_paused() public {
        postActive(1, first);
        vm.prank(guardian);
        credits.pause();
        bytes32[] memory proof = proofOf(first, 0);
        IArenaCredits.Claim[] memory batch = batchOf(first);
        vm.expectRevert(IArenaCredits.ContractPaused.selector);
        credits.claim(1, ada, 100, proof);
        vm.expectRevert(IArenaCredits.ContractPaused.selector);
        credits.claimMany(1, batch);
        vm.prank(admin);
        credits.unpause();
        credits.claim(1, ada, 100, proof);
    }

    function test_a_batch_pays_everybody() public {
        postActive(1, first);
        vm.prank(stranger);
        eq(credits.claimMany(1, batchOf(first)), 4, "claimed");
        for (uint256 i = 0; i < 4; ++i) {
            eq(credits.balanceOf(people[i]), first[i], "balance");
            eq(credits.claimedOf(people[i]), first[i], "claimed");
        }
    }

    function test_a_batch_skips_what_is_claimed_or_bad() public {
        postActive(1, first);
        claim(1, first, 0);
        IArenaCredits.Claim[] memory batch = batchOf(first);
        batch[1].account = address(0);
        batch[2].cumulative = type(uint256).max;
        eq(credits.claimMany(1, batch), 1, "claimed");
        eq(credits.balanceOf(dan), 400, "the good one is paid");
        eq(credits.totalSupply(), 500, "supply");
        batch = batchOf(first);
        batch[1].proof[0] ^= bytes32(uint256(1));
        batch[3] = batch[2];
        eq(credits.claimMany(1, batch), 1, "the same twice is paid once");
        eq(credits.balanceOf(cleo), 300, "cleo");
    }

    function test_a_batch_on_a_dead_epoch_pays_nobody() public {
        IArenaCredits.Claim[] memory batch = batchOf(first);
        eq(credits.claimMany(1, batch), 0, "unknown");
        post(1, first);
        eq(credits.claimMany(1, batch), 0, "pending");
        pass(DELAY);
        veto(1);
        eq(credits.claimMany(1, batch), 0, "vetoed");
        eq(credits.claimMany(1, new IArenaCredits.Claim[](0)), 0, "empty");
        eq(credits.totalSupply(), 0, "supply");
    }

    function test_a_batch_stops_at_the_total() public {
        postAs(1, rootOf(first), 999);
        pass(DELAY);
        eq(credits.claimMany(1, batchOf(first)), 3, "claimed");
        eq(credits.totalSupply(), 600, "supply");
    }

    function test_claims_pay_what_the_leaf_says(uint256 amount, uint256 more, uint256 who) public {
        amount = within(amount, 1, CAP);
        more = within(more, 0, CAP);
        who = within(who, 0, 3);
        uint256[4] memory amounts;
        amounts[who] = amount;
        postActive(1, amounts);
        eq(claim(1, amounts, who), amount, "first");
        amounts[who] += more;
        postActive(2, amounts);
        if (more > 0) eq(claim(2, amounts, who), more, "second");
        eq(credits.claimedOf(people[who]), amount + more, "claimed");
        eq(credits.balanceOf(people[who]), amount + more, "balance");
    }
}
