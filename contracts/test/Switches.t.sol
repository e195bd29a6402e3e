// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaCredits} from "../src/interfaces/IArenaCredits.sol";
import {Credits} from "./Deployer.sol";
import {Fixture} from "./Fixture.sol";
import {WideStablecoin} from "./mocks/Stablecoins.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

contract SwitchesTest is Fixture {
    function test_a_fresh_contract_tells_its_terms() public view {
        eq(keccak256(bytes(credits.name())), keccak256("Evenhand Credits"), "name");
        eq(keccak256(bytes(credits.symbol())), keccak256("EVC"), "symbol");
        eq(credits.decimals(), 6, "decimals");
        eq(credits.stablecoin(), address(coin), "stablecoin");
        isTrue(credits.rateNumerator() == 1 && credits.rateDenominator() == 1, "rate");
        eq(credits.epochCap(), CAP, "cap");
        eq(credits.delay(), DELAY, "delay");
        isTrue(!credits.paused() && !credits.transfersOpen(), "switches");
        isTrue(credits.supportsInterface(type(IAccessControl).interfaceId), "interface");
        isTrue(credits.hasRole(credits.ADMIN(), admin), "admin");
        isTrue(credits.hasRole(credits.SETTLER(), settler), "settler");
        isTrue(credits.hasRole(credits.GUARDIAN(), guardian), "guardian");
        isTrue(!credits.hasRole(credits.ADMIN(), address(this)), "whoever deploys has no power");
    }

    function refused(bytes memory numbers, bytes memory trio, string memory setting) internal {
        try this.construct(numbers, trio) {
            isTrue(false, setting);
        } catch (bytes memory reason) {
            eq(
                keccak256(reason),
                keccak256(abi.encodeWithSelector(IArenaCredits.InvalidSetting.selector, setting)),
                setting
            );
        }
    }

    function construct(bytes calldata numbers, bytes calldata trio) external returns (Credits) {
        return makeWith(numbers, trio);
    }

    function test_the_constructor_refuses_what_cannot_work() public {
        bytes memory good = abi.encode(coin, 1, 1, CAP, DELAY);
        bytes memory trio = abi.encode(admin, settler, guardian);
        this.construct(good, trio);
        refused(abi.encode(address(0), 1, 1, CAP, DELAY), trio, "stablecoin");
        refused(abi.encode(coin, 0, 1, CAP, DELAY), trio, "rate");
        refused(abi.encode(coin, 1, 0, CAP, DELAY), trio, "rate");
        refused(abi.encode(coin, 1, 1, 0, DELAY), trio, "epochCap");
        refused(abi.encode(coin, 1, 1, CAP, 0), trio, "delay");
        refused(abi.encode(coin, 1, 1, CAP, 30 days + 1), trio, "delay");
        refused(good, abi.encode(address(0), settler, guardian), "admin");
        refused(good, abi.encode(admin, address(0), guardian), "settler");
        refused(good, abi.encode(admin, settler, address(0)), "guardian");
        refused(good, abi.encode(admin, settler, settler), "guardian");
        this.construct(abi.encode(coin, 1, 1, CAP, 30 days), trio);
    }

    function test_a_stablecoin_has_six_decimals() public {
        WideStablecoin wide = new WideStablecoin();
        try this.construct(abi.encode(wide, 1, 1, CAP, DELAY), abi.encode(admin, settler, guardian)) {
            isTrue(false, "18 decimals");
        } catch (bytes memory reason) {
            bytes memory expected = abi.encodeWithSelector(IArenaCredits.UnsupportedDecimals.selector, 18);
            eq(keccak256(reason), keccak256(expected), "reason");
        }
    }

    function test_the_greatest_cap_and_rate_overflow_nothing() public {
        uint256 most = type(uint56).max;
        bytes memory numbers = abi.encode(coin, type(uint128).max, type(uint128).max, most, DELAY);
        credits = makeWith(numbers, abi.encode(admin, settler, guardian));
        coin.mint(address(credits), 1_000_000e6);
        uint256 held = coin.balanceOf(address(credits));
        vm.expectRevert(abi.encodeWithSelector(IArenaCredits.Insolvent.selector, held, most));
        postAs(1, DATA, most);
        postAs(1, DATA, held);
        eq(credits.liabilities(), held, "liabilities");
    }

    function test_pause_and_unpause() public {
        vm.expectRevert(IArenaCredits.ContractNotPaused.selector);
        vm.prank(admin);
        credits.unpause();
        vm.expectEmit(true, true, true, true, address(credits));
        emit IArenaCredits.Paused(guardian);
        vm.prank(guardian);
        credits.pause();
        isTrue(credits.paused(), "paused");
        vm.expectRevert(IArenaCredits.ContractPaused.selector);
        vm.prank(guardian);
        credits.pause();
        vm.expectEmit(true, true, true, true, address(credits));
        emit IArenaCredits.Unpaused(admin);
        vm.prank(admin);
        credits.unpause();
        isTrue(!credits.paused(), "unpaused");
    }

    function test_a_pause_keeps_the_books() public {
        spread();
        vm.prank(ada);
        credits.redeem(1e6, ada);
        vm.prank(guardian);
        credits.pause();
        vm.prank(admin);
        credits.unpause();
        eq(credits.head(), 1, "head");
        eq(credits.committed(), 1_000e6, "committed");
        eq(credits.redeemed(), 1e6, "redeemed");
    }

    function test_credits_do_not_move_until_transfers_open() public {
        spread();
        vm.prank(ada);
        credits.approve(stranger, 10);
        vm.expectRevert(IArenaCredits.TransfersLocked.selector);
        vm.prank(ada);
        credits.transfer(ben, 1);
        vm.expectRevert(IArenaCredits.TransfersLocked.selector);
        vm.prank(stranger);
        credits.transferFrom(ada, stranger, 1);
        vm.expectEmit(true, true, true, true, address(credits));
        emit IArenaCredits.TransfersOpened();
        vm.prank(admin);
        credits.openTransfers();
        isTrue(credits.transfersOpen(), "open");
        vm.prank(ada);
        credits.transfer(ben, 1);
        vm.prank(stranger);
        credits.transferFrom(ada, stranger, 2);
        eq(credits.balanceOf(ben), 200e6 + 1, "ben");
        eq(credits.balanceOf(stranger), 2, "stranger");
        eq(credits.claimedOf(ben), 200e6, "what was claimed does not move");
    }

    function test_transfers_open_once() public {
        vm.startPrank(admin);
        credits.openTransfers();
        vm.expectRevert(IArenaCredits.TransfersAlreadyOpen.selector);
        credits.openTransfers();
    }

    function test_an_allowance_is_signed() public {
        uint256 key = 0xA11CE;
        address owner = vm.addr(key);
        bytes32 permit = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 hash = keccak256(abi.encode(permit, owner, stranger, 7, 0, clock));
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked(hex"1901", credits.DOMAIN_SEPARATOR(), hash)));
        credits.permit(owner, stranger, 7, clock, v, r, s);
        eq(credits.allowance(owner, stranger), 7, "allowance");
        eq(credits.nonces(owner), 1, "nonce");
    }
}
