import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { approvalsLeft, mayApprove, mayVeto, waitsFor } from '../src/lib/payouts/waits';
import type { PayoutEpoch } from '../src/lib/payouts/types';
import { ABI, claimData, redeemData, refusalOf } from '../src/lib/wallet/contract';
import { hasSentence, revertWords } from '../src/lib/wallet/errors';
import { moneyWords } from '../src/lib/wallet/how';
import { mostPoints, refused } from '../src/lib/wallet/limits';
import { bytes, lasting } from '../src/lib/wallet/measures';
import { nextWords, onItsWay, stepsOf } from '../src/lib/wallet/steps';
import { revertData, troubleOf, troubleWords } from '../src/lib/wallet/trouble';
import {
	ether,
	money,
	owedFor,
	paidFor,
	parseMoney,
	parsePoints,
	permille,
	short,
	unitsOf,
} from '../src/lib/wallet/units';
import { ADA, claimable, config, epoch, hash, inSeconds, NOW, own } from './money';

interface Entry {
	type: string;
	name: string;
	inputs: { type: string }[];
}
const compiled = (
	JSON.parse(
		readFileSync(new URL('../../contracts/abi/ArenaCredits.json', import.meta.url), 'utf8'),
	) as { abi: Entry[] }
).abi;
const signature = ({ name, inputs }: Pick<Entry, 'name' | 'inputs'>) =>
	`${name}(${inputs.map((input) => input.type).join(',')})`;
const signatures = (entries: readonly unknown[], type: string) =>
	(entries as readonly Entry[])
		.filter((entry) => entry.type === type)
		.map(signature)
		.sort();

describe('amounts', () => {
	it('are exact far above what a float holds', () => {
		expect(money('9007199254740993000001')).toBe('9,007,199,254,740,993.000001');
		expect(money(-1_500_000n)).toBe('−1.50');
	});

	it('show two decimals, more where they say something, all in tables', () => {
		expect([money('0'), money('1240000'), money('1'), money('1240000', true)]).toEqual([
			'0.00',
			'1.24',
			'0.000001',
			'1.240000',
		]);
	});

	it('are read back as they are shown', () => {
		for (const units of [0n, 1n, 140_000n, 1_234_567_890_123n])
			expect(parseMoney(money(units))).toBe(units);
		expect(parseMoney('.5')).toBe(500_000n);
		for (const wrong of ['', '.', '-1', '1.0000001', '1e6', 'ten', '1.2.3'])
			expect(parseMoney(wrong)).toBeNull();
	});

	it('in points are whole and above zero', () => {
		expect(parsePoints(' 1,240 ')).toBe(1240);
		for (const wrong of ['', '0', '-3', '1.5', '1e3', '9'.repeat(16)])
			expect(parsePoints(wrong)).toBeNull();
	});

	it('are paid rounded down and owed rounded up', () => {
		const rate = { num: '2', den: '3' };
		expect([paidFor(5n, rate), owedFor(5n, rate)]).toEqual([3n, 4n]);
		expect([paidFor(6n, rate), owedFor(6n, rate)]).toEqual([4n, 4n]);
		expect(unitsOf(7, 1000)).toBe(7000n);
	});

	it('of gas are rounded down, and bars never leave their track', () => {
		expect(ether('98129999999999999')).toBe('0.09812');
		expect(permille(1n, 3n)).toBe(333);
		expect(permille(5n, 0n)).toBe(0);
	});

	it('of time and size are told in the unit that fits', () => {
		expect([lasting(604_800), lasting(90), lasting(60), lasting(5_400)]).toEqual([
			'7 days',
			'90 seconds',
			'1 minute',
			'90 minutes',
		]);
		expect([bytes(812), bytes(48_211)]).toEqual(['812 bytes', '48.2 kB']);
		expect(short(ADA)).toBe('0xf39F…2266');
	});
});

describe('what may be converted', () => {
	it('is what is available within both caps', () => {
		expect(mostPoints(own())).toBe(1240);
		expect(mostPoints(own({ today: { left: 100 } }))).toBe(100);
		expect(mostPoints(own({ month: { left: -5 } }))).toBe(0);
	});

	it('is refused for the first reason that a person can act on', () => {
		const now = own({ points: { available: 500, pending: 0 }, today: { left: 300 } });
		const why = (points: number | null) => refused(points, now, config());
		expect([why(null), why(9), why(501), why(301), why(300)]).toEqual([
			'not_a_number',
			'minimum',
			'available',
			'daily',
			null,
		]);
		expect(refused(301, { ...now, today: { left: 400 }, month: { left: 300 } }, config())).toBe(
			'monthly',
		);
	});
});

describe('the five steps', () => {
	const at = (changes: Parameters<typeof own>[0], activeAt: string | null = null) => ({
		config: config({ next_seal_at: inSeconds(120) }),
		own: own(changes),
		activeAt,
		now: NOW,
	});

	it('show each figure once, with its unit', () => {
		const steps = stepsOf(
			at({
				unsealed_units: '300000',
				sealed_units: '500000',
				claimable: claimable(),
				claimed_units: '240000',
				balance_units: '140000',
			}),
		);
		expect(steps.map((step) => step.figure)).toEqual(['1,240', '1.24', '0.30', '0.26', '0.14']);
		expect(steps[2]?.told).toBe('Next seal in 2 minutes.');
	});

	it('show dashes to whom they do not know yet, and where the chain is away', () => {
		const unknown = stepsOf({ ...at({}), own: null });
		expect(unknown.map((step) => step.figure)).toEqual(['–', '–', '–', '–', '–']);
		expect(stepsOf(at({ balance_units: null }))[4]?.figure).toBe('–');
	});

	it('count as under way what is sealed and neither claimed nor to be claimed', () => {
		expect(onItsWay(own({ sealed_units: '500000', claimed_units: '200000' }))).toBe(300_000n);
		expect(onItsWay(own({ sealed_units: '200000', claimed_units: '500000' }))).toBe(0n);
	});

	it('say what comes next, and when', () => {
		expect(nextWords(at({ step: 'seal', unsealed_units: '1' }))).toContain('in 2 minutes');
		const checked = at({ step: 'seal', sealed_units: '5' }, inSeconds(7200));
		expect(nextWords(checked)).toContain('claim them in 2 hours');
		expect(nextWords(at({ step: 'convert', wallet: null }))).toContain('link a wallet');
		expect(nextWords(at({ step: 'earn', wallet: null }))).toContain('vote until 10 points');
	});

	it('are told on the rules page without a rate that is not known', () => {
		expect(moneyWords(config())[0]).toContain('1,000 points are 1.00 EVC');
		expect(moneyWords(config({ rate: null, delay_seconds: null }))).toHaveLength(1);
	});
});

describe('the contract', () => {
	it('is spoken to in the words that were compiled', () => {
		const all = signatures(compiled, 'function');
		for (const spoken of signatures(ABI, 'function')) expect(all).toContain(spoken);
		expect(signatures(ABI, 'error')).toEqual(signatures(compiled, 'error'));
	});

	it('has a plain sentence for every error it can raise', () => {
		const errors = compiled.filter((entry) => entry.type === 'error');
		expect(errors.length).toBeGreaterThan(20);
		expect(errors.map((entry) => entry.name).filter((name) => !hasSentence(name))).toEqual([]);
		for (const { name } of errors) expect(revertWords(name, [1n, 1n])).not.toContain(name);
	});

	it('is called with what the arena gave, byte for byte', () => {
		const data = claimData({ ...claimable(), account: ADA });
		expect(data.slice(0, 10)).toBe('0x2e7ba6ef');
		expect(data).toContain(ADA.slice(2).toLowerCase());
		expect(data).toContain('a'.repeat(64) + 'b'.repeat(64));
		expect(redeemData(140_000n, ADA)).toBe(
			`0x7bde82f2${(140_000).toString(16).padStart(64, '0')}${ADA.slice(2).toLowerCase().padStart(64, '0')}`,
		);
	});
});

describe('what a wallet refuses', () => {
	// EpochNotActive(2, 1795000000)
	const data = `0x${'9fb8e5a3'}`;

	it('is found wherever wallets hide the bytes', () => {
		for (const error of [
			{ data },
			{ data: { data } },
			{ data: { originalError: { data } } },
			{ cause: { error: { data } } },
		])
			expect(revertData(error)).toBe(data);
		expect(revertData({ data: 'Reverted 0x' })).toBeNull();
		expect(revertData(null)).toBeNull();
	});

	it('is told in plain words by its code', () => {
		const code = (error: unknown) => troubleOf(error, refusalOf).code;
		expect(code({ code: 4001 })).toBe('rejected');
		expect(code({ code: -32002 })).toBe('busy');
		expect(code({ code: -32603, data: { originalError: { code: 4902 } } })).toBe('unknown_chain');
		expect(code({ message: 'insufficient funds for gas * price + value' })).toBe('no_gas');
		expect(code({ code: 3, message: 'execution reverted' })).toBe('reverted');
		expect(code('nonsense')).toBe('other');
	});

	it('keeps the wallet’s own words only where there are none of ours', () => {
		expect(troubleWords(troubleOf({ message: 'Ledger is locked' }, refusalOf))).toContain(
			'Ledger is locked',
		);
		expect(troubleWords(troubleOf({ code: 4001, message: 'Nope' }, refusalOf))).not.toContain(
			'Nope',
		);
	});

	it('is never taken for one of the contract’s errors by chance', () => {
		expect(refusalOf(hash('0'))).toBeNull();
	});
});

describe('an epoch on the console', () => {
	const waiting = (changes: Partial<PayoutEpoch>): PayoutEpoch => ({
		...epoch(3),
		state: 'awaiting_approval',
		sealed_by: null,
		released: '1',
		approvals: [],
		needs: 2,
		...changes,
	});

	it('needs two different people, of whom the one who sealed it is one', () => {
		const by = (name: string) => ({ by: name, at: inSeconds(0) });
		expect(approvalsLeft(waiting({}))).toBe(2);
		expect(approvalsLeft(waiting({ sealed_by: 'Ada' }))).toBe(1);
		expect(approvalsLeft(waiting({ sealed_by: 'Ada', approvals: [by('Ada')] }))).toBe(1);
		expect(approvalsLeft(waiting({ sealed_by: 'Ada', approvals: [by('Ben')] }))).toBe(0);
	});

	it('says what it waits for, and offers only what can be done', () => {
		expect(waitsFor(waiting({}), NOW)).toBe('2 approvals');
		const posted = waiting({ state: 'posted', active_at: inSeconds(3600) });
		expect(waitsFor(posted, NOW)).toContain('in 1 hour');
		expect([mayApprove(waiting({})), mayVeto(waiting({}))]).toEqual([true, false]);
		expect([mayApprove(posted), mayVeto(posted)]).toEqual([false, true]);
	});
});
