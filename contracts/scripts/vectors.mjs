// Writes fixtures/merkle/vectors.json with OpenZeppelin's library, or with --check compares it: trees that Python, Solidity and
// the page must all build alike. Leaves are [chain id, contract, account, cumulative]; the first two are told once a tree.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { ROOT } from './compile.mjs';

const TYPES = ['uint256', 'address', 'address', 'uint256'];
const PATH = join(ROOT, '../fixtures/merkle/vectors.json');

const digest = (text) => createHash('sha256').update(text).digest('hex');
const address = (text) => `0x${digest(text).slice(0, 40)}`;
/** From one base unit to about 10^18, of every length. */
const amount = (text) => String((BigInt(`0x${digest(text)}`) % 10n ** BigInt(1 + (parseInt(digest(text).slice(0, 2), 16) % 18))) + 1n);

const people = (name, size) => Array.from({ length: size }, (_, i) => [address(`${name} ${i}`), amount(`${name} amount ${i}`)]);

function shapes() {
	const sizes = [...Array.from({ length: 40 }, (_, i) => i + 1), 63, 64, 65, 127, 128, 129, 255, 256, 257];
	const plain = sizes.map((size) => [`${size} accounts`, people(`size ${size}`, size)]);
	const [one, two] = people('twice', 2);
	const most = String(2n ** 256n - 1n);
	return [
		...plain,
		['one account twice, two amounts', [one, two, [one[0], two[1]]]],
		['one leaf twice', [one, two, one]],
		['one leaf only, twice', [one, one]],
		['nine accounts, one amount', people('equal', 9).map(([account]) => [account, '1000000'])],
		['nothing, and everything there can be', [[one[0], '0'], [two[0], most]]],
		['first and last address', [[`0x${'0'.repeat(40)}`, '1'], [`0x${'f'.repeat(40)}`, '1'], one]],
		['one account, amounts 0 to 15', Array.from({ length: 16 }, (_, i) => [one[0], String(i)])],
		['leaves in falling order', [...people('falling', 12)].sort().reverse()],
	];
}

function vector([name, leaves], index) {
	const chainId = String([1, 10, 137, 8453, 31337][index % 5]);
	const contract = address(`contract ${index}`);
	const tree = StandardMerkleTree.of(leaves.map(([account, cumulative]) => [chainId, contract, account, cumulative]), TYPES);
	const shown = [...new Set([0, leaves.length >> 1, leaves.length - 1])];
	const proofs = shown.map((leaf) => ({ leaf, hash: tree.leafHash([chainId, contract, ...leaves[leaf]]), proof: tree.getProof(leaf) }));
	return { name, chainId, contract, leaves, root: tree.root, proofs };
}

const rows = shapes().map((shape, index) => JSON.stringify(vector(shape, index)));
const text = `{"types":${JSON.stringify(TYPES)},"trees":[\n${rows.join(',\n')}\n]}\n`;
if (!process.argv.includes('--check')) {
	mkdirSync(dirname(PATH), { recursive: true });
	writeFileSync(PATH, text);
} else if (readFileSync(PATH, 'utf8') !== text) {
	console.error('fixtures/merkle/vectors.json is not what OpenZeppelin gives. Run: node scripts/vectors.mjs');
	process.exitCode = 1;
}
