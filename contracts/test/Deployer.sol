// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IArenaCredits} from "../src/interfaces/IArenaCredits.sol";
import {Test} from "./Test.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @notice All that the deployed credits answer to.
interface Credits is IArenaCredits, IERC20Metadata, IERC20Permit, IAccessControl {
    function SETTLER() external view returns (bytes32);
    function GUARDIAN() external view returns (bytes32);
    function ADMIN() external view returns (bytes32);
    function stablecoin() external view returns (address);
    function supportsInterface(bytes4 id) external view returns (bool);
}

/// @notice Deploys the committed bytecode, so that tests judge what is deployed. With COVERAGE set, that of this build.
abstract contract Deployer is Test {
    function codeOf(string memory name) internal view returns (bytes memory) {
        if (vm.envOr("COVERAGE", false)) return vm.getCode(string.concat(name, ".sol:", name));
        return vm.parseJsonBytes(vm.readFile(string.concat("abi/", name, ".json")), ".bytecode");
    }

    /// @notice Reverts as the constructor does.
    function deploy(string memory name, bytes memory arguments) internal returns (address made) {
        bytes memory code = bytes.concat(codeOf(name), arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
            if iszero(made) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }
}
