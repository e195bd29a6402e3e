// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestStablecoin} from "./TestStablecoin.sol";

/// @notice Takes a hundredth of each transfer from what arrives, as some tokens may.
contract FeeStablecoin is TestStablecoin {
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(0), value / 100);
    }
}

/// @notice Takes a hundredth of each transfer from the sender, on top of what arrives.
contract SenderFeeStablecoin is TestStablecoin {
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(from, address(0), value / 100);
    }
}

/// @notice Has 18 decimals.
contract WideStablecoin is TestStablecoin {
    function decimals() public pure override returns (uint8) {
        return 18;
    }
}

/// @notice Pays nobody on its list.
contract BlocklistStablecoin is TestStablecoin {
    mapping(address account => bool) public blocked;

    error Blocked(address account);

    function block_(address account) external {
        blocked[account] = true;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (blocked[to]) revert Blocked(to);
        super._update(from, to, value);
    }
}

/// @notice Calls back before a transfer from its victim moves anything, and keeps what the call answered.
contract ReentrantStablecoin is TestStablecoin {
    address public victim;
    bytes public plan;
    bool public done;
    bytes public answer;

    function arm(address victim_, bytes calldata plan_) external {
        (victim, plan) = (victim_, plan_);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from == victim && from != address(0) && plan.length > 0) {
            bytes memory data = plan;
            delete plan;
            (done, answer) = victim.call(data);
        }
        super._update(from, to, value);
    }
}
