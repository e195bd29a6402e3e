// Compiles one contract by itself, so that its bytecode depends on nothing but its own sources and the settings below.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

const solc = createRequire(import.meta.url)('solc');
const PACKAGES = /^@[a-z-]+\//;
const IMPORT = /^import\s[^;]*?["']([^"']+)["'];/gm;

// Those of foundry.toml.
const SETTINGS = {
	evmVersion: 'cancun',
	viaIR: true,
	optimizer: { enabled: true, runs: 1_000_000 },
	metadata: { bytecodeHash: 'none', appendCBOR: false },
	outputSelection: {
		'*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.deployedBytecode.immutableReferences'] },
	},
};

/** The sources that a file needs, itself included, by the names they are imported under. */
function closure(entry, changed) {
	const sources = {};
	const open = [entry];
	while (open.length > 0) {
		const name = open.pop();
		if (name in sources) continue;
		const path = PACKAGES.test(name) ? join(ROOT, 'node_modules', name) : join(ROOT, name);
		sources[name] = { content: changed[name] ?? readFileSync(path, 'utf8') };
		for (const [, target] of sources[name].content.matchAll(IMPORT)) {
			open.push(target.startsWith('.') ? posix.join(posix.dirname(name), target) : target);
		}
	}
	return Object.fromEntries(Object.entries(sources).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A fifth of the time, and the same behaviour: for bytecode that is thrown away. */
const QUICK = { ...SETTINGS, viaIR: false, optimizer: { enabled: false } };

const sha256 = (value) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Where a deployed contract's immutables lie, without the compiler's internal numbers. */
function places(references) {
	const all = Object.values(references ?? {}).flat();
	return all.sort((a, b) => a.start - b.start).map(({ start, length }) => ({ start, length }));
}

/**
 * What `abi/<contract>.json` holds. `file` is where the contract is defined, `entry` a file that imports it or itself,
 * `changed` has the text of sources that are to be taken instead of those on disk; such bytecode is hardly optimised.
 */
export function artifact(contract, file, entry = file, changed = null) {
	const settings = changed ? QUICK : SETTINGS;
	const sources = closure(entry, changed ?? {});
	const output = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings })));
	const errors = (output.errors ?? []).filter((error) => error.severity === 'error');
	if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'));
	const { abi, evm } = output.contracts[file][contract];
	return {
		contractName: contract,
		compiler: solc.version().replace('.Emscripten.clang', ''),
		settingsHash: sha256(settings),
		sourcesHash: sha256(sources),
		abi,
		bytecode: `0x${evm.bytecode.object}`,
		deployedBytecode: `0x${evm.deployedBytecode.object}`,
		immutableReferences: places(evm.deployedBytecode.immutableReferences),
	};
}
