// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Compiled here so that its ABI and bytecode are committed beside the contracts that it governs.
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
