// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaCredits} from "../src/interfaces/IArenaCredits.sol";
import {Fixture} from "./Fixture.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @notice Every function that changes anything, by the committed ABI, tried by everybody.
contract RolesTest is Fixture {
    bytes32 internal constant NOBODY_SPECIAL = keccak256("anybody may call this");
    uint256 internal constant KEY = 0xDAD;

    struct Rule {
        string name;
        bytes32 role;
        bytes call;
        bool needsPause;
    }

    Rule[] internal rules;

    function setUp() public override {
        super.setUp();
        uint256[4] memory amounts = spread();
        amounts[0] += 1;
        postActive(2, amounts);
        bytes32[] memory proof = proofOf(amounts, 0);
        bytes32 settles = credits.SETTLER();
        bytes32 guards = credits.GUARDIAN();
        bytes32 administers = credits.ADMIN();
        uint256 total = sum(amounts);
        rule("post", settles, abi.encodeCall(IArenaCredits.post, (3, DATA, total, DATA)));
        rule("veto", guards, abi.encodeCall(IArenaCredits.veto, (2)));
        rule("pause", guards, abi.encodeCall(IArenaCredits.pause, ()));
        rule("unpause", administers, abi.encodeCall(IArenaCredits.unpause, ()));
        rules[3].needsPause = true;
        rule("sweep", administers, abi.encodeCall(IArenaCredits.sweep, (stranger, 1)));
        rule("openTransfers", administers, abi.encodeCall(IArenaCredits.openTransfers, ()));
        rule("grantRole", administers, abi.encodeCall(IAccessControl.grantRole, (settles, stranger)));
        rule("revokeRole", administers, abi.encodeCall(IAccessControl.revokeRole, (settles, settler)));
        rule("claim", NOBODY_SPECIAL, abi.encodeCall(IArenaCredits.claim, (2, ada, amounts[0], proof)));
        rule("claimMany", NOBODY_SPECIAL, abi.encodeCall(IArenaCredits.claimMany, (2, batchOf(amounts))));
        rule("redeem", NOBODY_SPECIAL, abi.encodeCall(IArenaCredits.redeem, (1, stranger)));
        rule("approve", NOBODY_SPECIAL, abi.encodeCall(IERC20.approve, (ben, 1)));
        rule("transfer", NOBODY_SPECIAL, abi.encodeCall(IERC20.transfer, (ben, 1)));
        rule("transferFrom", NOBODY_SPECIAL, abi.encodeCall(IERC20.transferFrom, (ben, ada, 1)));
        rule("permit", NOBODY_SPECIAL, permitCall());
        rule("renounceRole", NOBODY_SPECIAL, "");
    }

    function rule(string memory name, bytes32 role, bytes memory call) internal {
        rules.push(Rule(name, role, call, false));
    }

    function permitCall() internal view returns (bytes memory) {
        bytes32 permit = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 hash = keccak256(abi.encode(permit, vm.addr(KEY), ben, 1, 0, clock));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", credits.DOMAIN_SEPARATOR(), hash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        return abi.encodeCall(IERC20Permit.permit, (vm.addr(KEY), ben, 1, clock, v, r, s));
    }

    function test_the_table_has_every_function_that_changes_anything() public view {
        string memory json = vm.readFile("abi/ArenaCredits.json");
        string memory query =
            ".abi[?(@.type == 'function' && @.stateMutability != 'view' && @.stateMutability != 'pure')].name";
        string[] memory names = abi.decode(vm.parseJson(json, query), (string[]));
        eq(names.length, rules.length, "functions");
        for (uint256 i = 0; i < names.length; ++i) {
            bool found = false;
            for (uint256 j = 0; j < rules.length; ++j) {
                found = found || keccak256(bytes(names[i])) == keccak256(bytes(rules[j].name));
            }
            isTrue(found, names[i]);
        }
    }

    function test_every_role_may_do_what_it_may_and_nothing_else() public {
        address[5] memory callers = [admin, settler, guardian, ada, stranger];
        for (uint256 i = 0; i < rules.length; ++i) {
            for (uint256 j = 0; j < callers.length; ++j) {
                uint256 snapshot = vm.snapshotState();
                attempt(rules[i], callers[j]);
                vm.revertToState(snapshot);
            }
        }
    }

    function attempt(Rule memory one, address caller) internal {
        if (one.needsPause) {
            vm.prank(guardian);
            credits.pause();
        }
        if (one.role == NOBODY_SPECIAL) return attemptFree(one, caller);
        bool may = credits.hasRole(one.role, caller);
        vm.prank(caller);
        (bool done, bytes memory reason) = address(credits).call(one.call);
        isTrue(done == may, one.name);
        if (may) return;
        bytes memory expected =
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, caller, one.role);
        eq(keccak256(reason), keccak256(expected), one.name);
    }

    /// @dev What needs no role moves only what is the caller's own, whatever roles they have.
    function attemptFree(Rule memory one, address caller) internal {
        uint256 supply = credits.totalSupply();
        bytes memory call = one.call;
        bytes32 settles = credits.SETTLER();
        if (call.length == 0) call = abi.encodeCall(IAccessControl.renounceRole, (settles, settler));
        vm.prank(caller);
        (bool done,) = address(credits).call(call);
        bytes32 name = keccak256(bytes(one.name));
        if (name == keccak256("redeem")) isTrue(done == (caller == ada), "only holders redeem");
        else if (name == keccak256("renounceRole")) isTrue(done == (caller == settler), "only one's own role");
        else if (name == keccak256("transfer") || name == keccak256("transferFrom")) isTrue(!done, "locked");
        else isTrue(done, one.name);
        isTrue(credits.balanceOf(caller) <= (caller == ada ? 100e6 + 1 : 0), "no caller gains");
        isTrue(credits.totalSupply() <= supply + 1, "no more than the leaves say");
    }

    function test_a_stolen_guardian_key_moves_no_money() public {
        uint256 held = coin.balanceOf(address(credits));
        vm.startPrank(guardian);
        credits.veto(1);
        credits.veto(2);
        credits.pause();
        vm.stopPrank();
        eq(coin.balanceOf(address(credits)), held, "stablecoin");
        eq(credits.totalSupply(), 1_000e6, "supply");
        vm.prank(ada);
        eq(credits.redeem(100e6, ada), 100e6, "holders are paid all the same");
    }
}
