import { flushSync, tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Battle } from '../src/lib/api/types';
import BattleRoom from '../src/lib/battle/BattleRoom.svelte';
import Dock from '../src/lib/battle/Dock.svelte';
import { draft } from '../src/lib/battle/drafts';
import { keptVote } from '../src/lib/battle/kept';
import RankBar from '../src/lib/battle/RankBar.svelte';
import { notRanked } from '../src/lib/battle/ranking';
import { BattleSession } from '../src/lib/battle/session.svelte';
import { account } from '../src/lib/ui/account.svelte';
import { shortcuts } from '../src/lib/ui/shortcuts.svelte';
import { answer, battle, reveal } from './fixtures';
import {
	asked,
	leave,
	refused,
	replies,
	scripted,
	settled,
	show as put,
	type Reply,
} from './scripted';

// jsdom has no media queries: a desk with a mouse, until a test makes it a phone.
const device = vi.hoisted(() => {
	const query = { matches: false, addEventListener: () => null, removeEventListener: () => null };
	window.matchMedia = () => query as unknown as MediaQueryList;
	Element.prototype.scrollIntoView = () => undefined;
	window.ResizeObserver = class {
		observe = () => undefined;
		unobserve = () => undefined;
		disconnect = () => undefined;
	};
	return query;
});

let session: BattleSession;

const VOTE = '/battles/battle-1/vote';
const ballots = () => asked('POST', VOTE).map(([, init]) => JSON.parse(String(init?.body)));
const text = () => document.body.textContent ?? '';
const at = (testid: string) =>
	document.querySelector(`[data-testid="${testid}"]`) as HTMLTextAreaElement;

const show = (component: unknown, props: object = { session }) => put(component, props);

async function press(key: string, more: object = {}): Promise<void> {
	const target = document.activeElement ?? document.body;
	const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
	target.dispatchEvent(event);
	await tick();
}

function type(words: string, field = at('follow-up')): void {
	field.focus();
	field.value = words;
	field.dispatchEvent(new Event('input', { bubbles: true }));
	flushSync();
}

const answers = [answer('a', 'Blue.', 'done'), answer('b', 'Sky.', 'done')];
const can: Battle['can'] = {
	vote: ['a', 'b', 'tie', 'both_bad', 'skip'],
	follow_up: true,
	ask_again: true,
	stop: false,
};
const ended = (changes: Partial<Battle> = {}, of = answers) =>
	battle({ stream: null, can, ...changes }, of);
const [first] = ended().turns as [Battle['turns'][0]];
const two = () => ended({ turns: [first, { ...first, number: 1 }] });
const cast = () => ended({ vote: reveal({ rated: false }) });

async function opened(of = ended()): Promise<void> {
	replies['GET /battles/battle-1'] = [{ body: of }];
	session = await BattleSession.load('battle-1');
}

/** A reply to the next POST there that comes when, and as, the test says. */
function held(path: string): { give: (reply: unknown, status?: number) => void; fail: () => void } {
	let resolve: (response: Response) => void = () => undefined;
	let reject: (error: unknown) => void = () => undefined;
	const reply = new Promise<Response>((yes, no) => ([resolve, reject] = [yes, no]));
	(replies[`POST ${path}`] ??= []).push(reply);
	return {
		give: (body, status = 200) => resolve(new Response(JSON.stringify(body), { status })),
		fail: () => reject(new TypeError('no connection')),
	};
}

scripted();
afterEach(() => {
	session.close();
	vi.restoreAllMocks();
	device.matches = false;
	account.me = null;
});

describe('a follow-up on its way', () => {
	const TURNS = '/battles/battle-1/turns';

	async function sent(): Promise<ReturnType<typeof held>> {
		await opened();
		show(BattleRoom);
		const reply = held(TURNS);
		type('First question');
		await press('Enter');
		await settled();
		return reply;
	}

	it('leaves the focus in the field when more has been written there', async () => {
		const reply = await sent();
		type('And wh');
		reply.give(two());
		await settled();
		expect(session.view.turns).toHaveLength(2);
		expect(document.activeElement).toBe(at('follow-up'));
	});

	it('moves the focus out of a field that stayed empty: the next key may be a vote', async () => {
		const reply = await sent();
		reply.give(two());
		await settled();
		expect(document.activeElement?.className).toContain('turn');
	});

	it('that fails is put before what was written meanwhile', async () => {
		const reply = await sent();
		type('Second thought');
		reply.give(refused('content-blocked', 422).body, 422);
		await settled();
		expect(at('follow-up').value).toBe('First question\n\nSecond thought');
		expect(draft('battle-1')).toBe('First question\n\nSecond thought');
	});

	it.each([
		['is taken', two(), 201, ''],
		['fails', refused('content-blocked', 422).body, 422, 'First question'],
	])('stays a draft until it %s, though its page be left', async (_, body, status, kept) => {
		const reply = await sent();
		expect([at('follow-up').value, draft('battle-1')]).toEqual(['', 'First question']);
		leave();
		reply.give(body, status);
		await settled();
		expect(draft('battle-1')).toBe(kept);
	});

	it('that is refused takes nothing from what was read', async () => {
		await opened();
		session.reading.saw('a', 100, 100, 500);
		replies[`POST ${TURNS}`] = [refused('content-blocked', 422)];
		await session.followUp('x');
		session.choose('a', 'pointer');
		session.cast();
		expect(session.reading.measures('pointer', ['a']).seen).toEqual({ a: 500 });
		await settled();
		expect(ballots()[0].measures).toMatchObject({ seen: { a: 500 }, scroll: { a: 1 } });
	});

	it('that is taken begins a new reading', async () => {
		await opened();
		session.reading.saw('a', 100, 100, 500);
		replies[`POST ${TURNS}`] = [{ body: two() }];
		await session.followUp('x');
		expect(session.reading.measures('pointer', ['a']).seen).toEqual({ a: 0 });
	});
});

describe('Enter in the comment', () => {
	beforeEach(async () => {
		await opened();
		show(Dock);
		await press('a');
		type('Short', document.querySelector('#comment') as HTMLTextAreaElement);
	});

	it('ends a line on a phone and casts nothing', async () => {
		device.matches = true;
		await press('Enter');
		expect(session.view.vote).toBe('choosing');
	});

	it('is left to an input method, though it no longer says that it composes', async () => {
		await press('Enter', { keyCode: 229 });
		expect(session.view.vote).toBe('choosing');
		await press('Enter');
		expect(session.view.vote).toBe('sending');
	});
});

it('Enter in the follow-up is left to an input method likewise', async () => {
	await opened();
	show(Dock);
	type('日本');
	await press('Enter', { keyCode: 229 });
	await settled();
	expect(asked('POST', '/battles/battle-1/turns')).toHaveLength(0);
});

describe('a battle that cannot be read after its stream', () => {
	const STREAM = 'GET /battles/battle-1/stream?ticket=t';
	const events = ['a', 'b'].map(
		(side) =>
			`id: 1\nevent: delta\ndata: {"side":"${side}","type":"text","text":"Hi"}\n\n` +
			`id: 1\nevent: state\ndata: {"side":"${side}","status":"done","truncated":false,"error":null,"remarks":[]}\n\n`,
	);
	const wire = `${events.join('')}id: 2\nevent: end\ndata: {"turn":0,"attempt":0}\n\n`;
	const reads = () => asked('GET', '/battles/battle-1').length - 1;

	async function streamed(...after: Reply[]): Promise<void> {
		replies[STREAM] = [Promise.resolve(new Response(wire))];
		await opened(battle({}, [answer('a', '', 'streaming'), answer('b', '', 'streaming')]));
		replies['GET /battles/battle-1'] = after;
		show(Dock);
		await vi.waitFor(() => expect(session.view.problem).not.toBeNull());
		flushSync();
	}

	it('is read again after a while, and nothing may be asked before', async () => {
		await streamed(refused('busy', 503), { body: ended() });
		expect([session.view.busy, session.view.problem?.code]).toEqual(['reading', 'busy']);
		expect(session.view.can.vote).toContain('tie');
		await vi.waitFor(() => expect(session.view.busy).toBeNull());
		expect([session.view.problem, session.view.can.follow_up]).toEqual([null, true]);
		expect(reads()).toBe(2);
	});

	it('is read again as soon as there is a connection', async () => {
		await streamed(refused('throttled', 429, { retry_after: 60 }), { body: ended() });
		window.dispatchEvent(new Event('online'));
		await settled();
		expect([session.view.busy, session.view.can.follow_up]).toEqual([null, true]);
	});

	it('is read again when the person says so', async () => {
		await streamed(refused('throttled', 429, { retry_after: 60 }), { body: ended() });
		document.querySelector<HTMLElement>('[role=alert] button')?.click();
		await settled();
		expect([session.view.busy, session.view.problem]).toEqual([null, null]);
	});

	it('is left alone once its page is left', async () => {
		await streamed(refused('busy', 503));
		session.close();
		await settled(800);
		expect(reads()).toBe(1);
	});
});

describe('a vote on its way twice', () => {
	const voted = vi.fn();

	async function twice(): Promise<[ReturnType<typeof held>, ReturnType<typeof held>]> {
		voted.mockClear();
		await opened();
		session.onVoted = voted;
		const both = [held(VOTE), held(VOTE)] as [ReturnType<typeof held>, ReturnType<typeof held>];
		session.choose('a', 'pointer');
		session.cast();
		window.dispatchEvent(new Event('online'));
		await settled();
		return both;
	}

	it('stays cast when the first fails after the second was taken', async () => {
		const [early, late] = await twice();
		late.give(cast());
		await settled();
		early.fail();
		await settled(800);
		expect([session.view.vote, ballots().length]).toEqual(['cast', 2]);
		expect(voted).toHaveBeenCalledOnce();
	});

	it('is sent no third time when the first is taken after the second failed', async () => {
		const [early, late] = await twice();
		late.fail();
		await settled();
		early.give(cast());
		await settled(1300);
		expect([session.view.vote, ballots().length]).toEqual(['cast', 2]);
		expect(voted).toHaveBeenCalledOnce();
	});
});

describe('a vote that could not be sent from its battle', () => {
	async function unsent(reply: Reply): Promise<void> {
		await opened();
		show(Dock);
		replies[`POST ${VOTE}`] = [reply];
		session.choose('a', 'pointer');
		session.cast();
		await settled();
	}

	it.each([401, 403, 404])('is kept on %d, which is no answer about the vote', async (status) => {
		await unsent(refused('not-you', status));
		expect([session.view.vote, keptVote('battle-1')?.ballot.outcome]).toEqual(['kept', 'a']);
		expect(text()).toContain('not-you');
		expect(asked('GET', '/me')).toHaveLength(1);
	});

	it.each([400, 409, 422])('is forgotten on %d, which is one', async (status) => {
		await unsent(refused('no', status));
		expect([session.view.vote, keptVote('battle-1')]).toEqual(['none', null]);
	});

	it('is said to be kept where it is', async () => {
		await unsent('lost');
		expect(text()).toContain('kept on this device');
	});

	it('is not said to be kept where storage is forbidden', async () => {
		vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
			throw new DOMException('full', 'QuotaExceededError');
		});
		await unsent('lost');
		expect(session.view.vote).toBe('kept');
		expect(text()).not.toContain('kept on this device');
		expect(text()).toContain('Stay on this page');
	});
});

it('says to a screen reader that only the skip is left', async () => {
	const failed = [answer('a', 'Blue.', 'done'), answer('b', '', 'failed')];
	await opened(ended({ can: { ...can, vote: ['skip'] } }, failed));
	show(BattleRoom);
	const spoken = [...document.querySelectorAll('[role=status]')].map((one) => one.textContent);
	expect(spoken.join()).toContain('nothing to compare');
	expect(spoken.join()).not.toContain('You can vote');
});

describe('the switch for the keys', () => {
	const rank = () => {
		const props = $state({
			sides: ['a', 'b', 'c'],
			ranking: notRanked,
			allowed: ['ranking', 'both_bad', 'skip'],
			hint: 'Tap.',
			onrank: (next: typeof notRanked) => {
				props.ranking = next;
			},
			onvote: vi.fn(),
		});
		show(RankBar, props);
	};

	beforeEach(async () => {
		await opened();
		shortcuts.used = false;
	});

	it('stays, with the focus, once a side has its place', async () => {
		rank();
		const toggle = at('shortcuts');
		toggle.focus();
		await press('b');
		flushSync();
		expect(at('rank-up')).not.toBeNull();
		expect(at('shortcuts')).toBe(toggle);
		expect(document.activeElement).toBe(toggle);
		expect(text()).not.toContain('Tap.');
	});

	it('comes to a phone with the first key that acts, and not with one that writes', async () => {
		device.matches = true;
		show(Dock);
		expect(at('shortcuts')).toBeNull();
		type('n');
		await press('n');
		expect(at('shortcuts')).toBeNull();
		at('follow-up').blur();
		await press('a');
		session.dispatch({ type: 'unchose' });
		flushSync();
		expect(at('shortcuts')).not.toBeNull();
	});
});
