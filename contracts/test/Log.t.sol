// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaLog} from "../src/interfaces/IArenaLog.sol";
import {Deployer} from "./Deployer.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract LogTest is Deployer {
    address internal constant OWNER = address(0x0A);
    address internal constant SETTLER = address(0x0B);
    bytes32 internal constant TREE = keccak256("tree");
    bytes32 internal constant RATINGS = keccak256("ratings");
    bytes32 internal constant DATA = keccak256("data");

    IArenaLog internal log;

    function setUp() public {
        log = IArenaLog(deploy("ArenaLog", abi.encode(OWNER, SETTLER)));
    }

    function append(uint256 number, uint64 size) internal {
        vm.prank(SETTLER);
        log.append(number, size, TREE, RATINGS, DATA);
    }

    function test_the_chain_begins_with_chain_and_contract() public view {
        (uint256 number, uint64 size, bytes32 hash) = log.head();
        isTrue(number == 0 && size == 0, "empty");
        eq(hash, keccak256(abi.encode(block.chainid, address(log))), "hash");
        eq(log.settler(), SETTLER, "settler");
    }

    function test_each_header_hashes_the_one_before() public {
        (,, bytes32 hash) = log.head();
        vm.expectEmit(true, true, true, true, address(log));
        emit IArenaLog.Appended(1, 10, TREE, RATINGS, DATA);
        append(1, 10);
        hash = keccak256(abi.encode(hash, 1, 10, TREE, RATINGS, DATA));
        append(2, 10);
        hash = keccak256(abi.encode(hash, 2, 10, TREE, RATINGS, DATA));
        (uint256 number, uint64 size, bytes32 found) = log.head();
        isTrue(number == 2 && size == 10, "head");
        eq(found, hash, "hash");
    }

    function test_numbers_are_consecutive() public {
        vm.expectRevert(abi.encodeWithSelector(IArenaLog.NumberOutOfOrder.selector, 0, 1));
        append(0, 1);
        append(1, 1);
        vm.expectRevert(abi.encodeWithSelector(IArenaLog.NumberOutOfOrder.selector, 1, 2));
        append(1, 1);
        vm.expectRevert(abi.encodeWithSelector(IArenaLog.NumberOutOfOrder.selector, 3, 2));
        append(3, 1);
        vm.expectRevert(abi.encodeWithSelector(IArenaLog.NumberOutOfOrder.selector, (1 << 32) + 2, 2));
        append((1 << 32) + 2, 1);
    }

    function test_the_log_never_shrinks() public {
        append(1, type(uint64).max);
        vm.expectRevert(abi.encodeWithSelector(IArenaLog.SizeFell.selector, type(uint64).max - 1, type(uint64).max));
        append(2, type(uint64).max - 1);
        append(2, type(uint64).max);
    }

    function test_a_header_has_a_tree() public {
        vm.expectRevert(IArenaLog.EmptyRoot.selector);
        vm.prank(SETTLER);
        log.append(1, 1, bytes32(0), RATINGS, DATA);
    }

    function test_only_the_settler_appends() public {
        vm.expectRevert(abi.encodeWithSelector(IArenaLog.NotSettler.selector, OWNER));
        vm.prank(OWNER);
        log.append(1, 1, TREE, RATINGS, DATA);
    }

    function test_only_the_owner_names_the_settler() public {
        append(1, 5);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, SETTLER));
        vm.prank(SETTLER);
        log.setSettler(SETTLER);
        vm.startPrank(OWNER);
        vm.expectRevert(IArenaLog.InvalidSettler.selector);
        log.setSettler(address(0));
        vm.expectEmit(true, true, true, true, address(log));
        emit IArenaLog.SettlerChanged(OWNER);
        log.setSettler(OWNER);
        log.append(2, 6, TREE, RATINGS, DATA);
        vm.stopPrank();
        (uint256 number, uint64 size,) = log.head();
        isTrue(number == 2 && size == 6, "the head survives the change");
    }

    function test_sizes_may_only_grow(uint64[8] memory sizes) public {
        uint64 last = 0;
        uint256 number = 0;
        for (uint256 i = 0; i < 8; ++i) {
            vm.prank(SETTLER);
            try log.append(number + 1, sizes[i], TREE, RATINGS, DATA) {
                isTrue(sizes[i] >= last, "grew");
                (last, number) = (sizes[i], number + 1);
            } catch {
                isTrue(sizes[i] < last, "refused only if it shrank");
            }
        }
    }
}
