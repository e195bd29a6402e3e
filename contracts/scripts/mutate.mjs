// Breaks the contracts on purpose, one change at a time, and looks that a test fails. Exits 1 if a broken contract passes.
//   node scripts/mutate.mjs [part of a name]        SHARE=1/3 for a third of them
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, artifact } from './compile.mjs';

const FORGE = join(ROOT, 'node_modules/.bin/forge');
// Gas is that of the committed bytecode, vectors need no contract; invariants add minutes and find no mutant that the others miss.
const TESTS = ['test', '--no-match-contract', 'Gas|Invariants|HandlerReach|Vectors', '--fail-fast', '--json'];

function sandbox() {
	const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
	for (const part of ['src', 'test', 'abi', 'bin', 'foundry.toml']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
	symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
	return folder;
}

/** Which test fails on the bytecode that lies in the sandbox; null if none does. With --json, forge's exit code says nothing. */
function failure(folder) {
	const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, FOUNDRY_PROFILE: 'ci', FOUNDRY_FUZZ_RUNS: '32' }, maxBuffer: 1 << 28 };
	const { stdout, stderr } = spawnSync(FORGE, TESTS, options);
	if (!stdout.includes('{')) throw new Error(`forge did not run: ${stderr || stdout}`);
	const suites = Object.values(JSON.parse(stdout.slice(stdout.indexOf('{'))));
	const tests = suites.flatMap((suite) => Object.entries(suite.test_results));
	if (tests.length === 0) throw new Error('forge ran no test');
	const failed = tests.find(([, result]) => result.status === 'Failure');
	return failed ? failed[0].replace(/\(.*/, '') : null;
}

/** The source with the one change; the place must be unique. */
function mutated(source, { find, put, name }) {
	if (source.split(find).length !== 2) throw new Error(`"${name}" does not name one place`);
	return source.replace(find, () => put);
}

function run(folder, mutant) {
	const contract = mutant.file ?? 'ArenaCredits';
	const path = `src/${contract}.sol`;
	const source = mutated(readFileSync(join(ROOT, path), 'utf8'), mutant);
	const target = join(folder, 'abi', `${contract}.json`);
	const good = readFileSync(target);
	writeFileSync(target, JSON.stringify(artifact(contract, path, path, { [path]: source })));
	const killer = failure(folder);
	writeFileSync(target, good);
	return killer;
}

const wanted = process.argv[2] ?? '';
const [share, shares] = (process.env.SHARE ?? '1/1').split('/').map(Number);
const all = JSON.parse(readFileSync(join(ROOT, 'mutations/mutations.json'), 'utf8')).filter(({ name }) => name.includes(wanted));
const mutants = all.filter((_, index) => index % shares === share - 1);
const folder = sandbox();
let survivors = 0;
try {
	if (failure(folder) !== null) throw new Error('The tests fail before anything is broken.');
	for (const mutant of mutants) {
		const killer = run(folder, mutant);
		if (killer === null) survivors += 1;
		console.log(`${mutant.rule.padEnd(5)} ${mutant.name.padEnd(42)} ${killer ?? 'SURVIVED'}`);
	}
} finally {
	rmSync(folder, { recursive: true });
}
console.log(`${mutants.length - survivors} of ${mutants.length} mutants are found.`);
process.exitCode = survivors > 0 ? 1 : 0;
