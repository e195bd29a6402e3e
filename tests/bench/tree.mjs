// A tree over the accounts that come on standard input, by OpenZeppelin's own library: CPU seconds, root, and SHA-256 of all nodes.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(process.argv[2]);
const { StandardMerkleTree } = require('@openzeppelin/merkle-tree');
const { chain, contract, owed } = JSON.parse(readFileSync(0, 'utf8'));
const values = owed.map(([account, cumulative]) => [chain, contract, account, cumulative]);
const begun = process.cpuUsage();
const tree = StandardMerkleTree.of(values, ['uint256', 'address', 'address', 'uint256']);
const used = process.cpuUsage(begun);
const nodes = createHash('sha256');
for (const node of tree.dump().tree) nodes.update(Buffer.from(node.slice(2), 'hex'));
console.log(JSON.stringify({ seconds: (used.user + used.system) / 1e6, root: tree.root, nodes: nodes.digest('hex') }));
