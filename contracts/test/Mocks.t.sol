// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaCredits} from "../src/interfaces/IArenaCredits.sol";
import {Fixture} from "./Fixture.sol";
import {TestStablecoin} from "./mocks/TestStablecoin.sol";
import {TestWallet} from "./mocks/TestWallet.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

interface Timelock {
    function getMinDelay() external view returns (uint256);
    function schedule(address to, uint256 value, bytes calldata data, bytes32 before, bytes32 salt, uint256 delay)
        external;
    function execute(address to, uint256 value, bytes calldata data, bytes32 before, bytes32 salt) external;
}

/// @notice What the development chain deploys, and the timelock over all of it.
contract MocksTest is Fixture {
    uint256 internal constant KEY = 0xB0B;

    function test_the_faucet_gives_to_all_but_not_at_once() public {
        coin.mint(stranger, 1_000_000e6);
        coin.mint(stranger, 1);
        eq(coin.balanceOf(stranger), 1_000_000e6 + 1, "balance");
        eq(coin.decimals(), 6, "decimals");
        vm.expectRevert(abi.encodeWithSelector(TestStablecoin.MintTooLarge.selector, 1_000_000e6 + 1, 1_000_000e6));
        coin.mint(stranger, 1_000_000e6 + 1);
    }

    function test_a_wallet_signs_by_its_owner() public {
        TestWallet wallet = new TestWallet(vm.addr(KEY));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, DATA);
        bytes memory signature = abi.encodePacked(r, s, v);
        isTrue(wallet.isValidSignature(DATA, signature) == IERC1271.isValidSignature.selector, "good");
        isTrue(wallet.isValidSignature(keccak256("other"), signature) == 0xffffffff, "another text");
        isTrue(wallet.isValidSignature(DATA, "") == 0xffffffff, "no signature");
        (v, r, s) = vm.sign(KEY + 1, DATA);
        isTrue(wallet.isValidSignature(DATA, abi.encodePacked(r, s, v)) == 0xffffffff, "another signer");
    }

    function test_a_wallet_claims_and_redeems() public {
        TestWallet wallet = new TestWallet(ben);
        people[0] = address(wallet);
        uint256[4] memory amounts = [uint256(100), 0, 0, 0];
        postActive(1, amounts);
        claim(1, amounts, 0);
        bytes memory call = abi.encodeCall(IArenaCredits.redeem, (100, ben));
        vm.expectRevert(abi.encodeWithSelector(TestWallet.NotOwner.selector, stranger));
        vm.prank(stranger);
        wallet.execute(address(credits), call);
        vm.prank(ben);
        eq(abi.decode(wallet.execute(address(credits), call), (uint256)), 100, "paid");
        eq(coin.balanceOf(ben), 100, "balance");
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.InvalidReceiver.selector, address(0)));
        vm.prank(ben);
        wallet.execute(address(credits), abi.encodeCall(IArenaCredits.redeem, (1, address(0))));
    }

    function test_the_timelock_rules_after_two_days() public {
        address[] memory multisig = new address[](1);
        multisig[0] = ada;
        Timelock lock = Timelock(deploy("TimelockController", abi.encode(2 days, multisig, multisig, address(0))));
        eq(lock.getMinDelay(), 2 days, "delay");
        admin = address(lock);
        setUp();
        bytes memory call = abi.encodeCall(IArenaCredits.openTransfers, ());
        vm.startPrank(ada);
        lock.schedule(address(credits), 0, call, 0, 0, 2 days);
        pass(2 days - 1);
        vm.expectRevert();
        lock.execute(address(credits), 0, call, 0, 0);
        pass(1);
        lock.execute(address(credits), 0, call, 0, 0);
        isTrue(credits.transfersOpen(), "open");
    }
}
