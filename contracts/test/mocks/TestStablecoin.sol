// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title Money for development chains: worth nothing, free for all
contract TestStablecoin is ERC20, ERC20Permit {
    /// @notice Most that one call mints: a million.
    uint256 public constant MOST = 1_000_000e6;

    error MintTooLarge(uint256 amount, uint256 most);

    constructor() ERC20("Test US Dollar", "tUSD") ERC20Permit("Test US Dollar") {}

    /// @notice Gives `amount` to `to`. Anybody may call it, as often as they like.
    function mint(address to, uint256 amount) external {
        if (amount > MOST) revert MintTooLarge(amount, MOST);
        _mint(to, amount);
    }

    /// @notice 6, like the stablecoins in use.
    function decimals() public pure virtual override returns (uint8) {
        return 6;
    }
}
