// Writes abi/<contract>.json, or with --check compares what is committed with a fresh compilation.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, artifact } from './compile.mjs';

const OPENZEPPELIN = '@openzeppelin/contracts';
const CONTRACTS = [
	['ArenaCredits', 'src/ArenaCredits.sol'],
	['ArenaLog', 'src/ArenaLog.sol'],
	['TimelockController', `${OPENZEPPELIN}/governance/TimelockController.sol`, 'src/Timelock.sol'],
	['TestStablecoin', 'test/mocks/TestStablecoin.sol'],
	['TestWallet', 'test/mocks/TestWallet.sol'],
];

const folder = join(ROOT, 'abi');
const check = process.argv.includes('--check');
const stale = readdirSync(folder, { recursive: true }).filter((name) => !CONTRACTS.some(([contract]) => name === `${contract}.json`));

mkdirSync(folder, { recursive: true });
for (const [contract, file, entry] of CONTRACTS) {
	const path = join(folder, `${contract}.json`);
	const text = `${JSON.stringify(artifact(contract, file, entry), null, '\t')}\n`;
	if (!check) writeFileSync(path, text);
	else if (readFileSync(path, { encoding: 'utf8', flag: 'a+' }) !== text) stale.push(`${contract}.json`);
}
if (stale.length > 0) {
	console.error(`abi/ is not what the sources give: ${stale.join(', ')}. Run: node scripts/abi.mjs`);
	process.exitCode = 1;
}
