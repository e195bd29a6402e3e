import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Me, Reason } from '../src/lib/api/types';
import { draft, keepDraft } from '../src/lib/battle/drafts';
import { keepVote, keptVote, sendKept, type KeptVote } from '../src/lib/battle/kept';
import Reasons from '../src/lib/battle/Reasons.svelte';
import VoteBar from '../src/lib/battle/VoteBar.svelte';
import { account } from '../src/lib/ui/account.svelte';
import { shortcuts } from '../src/lib/ui/shortcuts.svelte';
import { battle } from './fixtures';
import { fetchMock, keysOf, refused, replies, scripted, show } from './scripted';

// jsdom has no media queries: this is a desk with a mouse.
vi.hoisted(() => {
	const query = { matches: false, addEventListener: () => null, removeEventListener: () => null };
	window.matchMedia = () => query as unknown as MediaQueryList;
});

function press(key: string, target: EventTarget = document.activeElement ?? document.body) {
	target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
	flushSync();
}

scripted();
afterEach(() => {
	if (!shortcuts.on) shortcuts.toggle();
});

describe('the question after a choice', () => {
	const onsend = vi.fn();
	const onback = vi.fn();
	const props = (changes: object = {}) => ({
		choice: 'a',
		sides: ['a', 'b'],
		best: [],
		worst: [],
		reasons: { a: [], b: [] },
		comment: '',
		ontoggle: vi.fn(),
		oncomment: vi.fn(),
		onsend,
		onback,
		...changes,
	});

	afterEach(() => {
		onsend.mockClear();
		onback.mockClear();
	});

	it('has the focus, and not the button that casts for good: one key casts, a space does not', () => {
		show(Reasons, props());
		expect(document.activeElement?.tagName).toBe('FORM');
		press(' ');
		expect(onsend).not.toHaveBeenCalled();
		press('Enter');
		expect(onsend).toHaveBeenCalledOnce();
	});

	it('leaves the focus in the comment while it is emptied', () => {
		const given = $state(props({ comment: 'Short' }));
		show(Reasons, given);
		const field = document.querySelector('textarea');
		field?.focus();
		given.comment = '';
		flushSync();
		expect(document.activeElement).toBe(field);
	});

	it('is not taken back by an Escape that is meant for a dialog or an input method', () => {
		show(Reasons, props());
		const dialog = document.body.appendChild(document.createElement('dialog'));
		dialog.setAttribute('open', '');
		press('Escape');
		dialog.remove();
		window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', isComposing: true }));
		expect(onback).not.toHaveBeenCalled();
		press('Escape');
		expect(onback).toHaveBeenCalledOnce();
	});

	it('shows what was ticked before another choice, so that nothing is sent unseen', () => {
		const reasons: Record<string, Reason[]> = { a: ['clear'], b: [] };
		show(Reasons, props({ choice: 'b', reasons }));
		const ticked = [...document.querySelectorAll<HTMLInputElement>('input:checked')];
		expect(ticked).toHaveLength(1);
	});

	it('asks whoever skips by a key only whether it was meant', () => {
		show(Reasons, props({ choice: 'skip' }));
		expect(document.querySelectorAll('input, textarea')).toHaveLength(0);
		press('Enter');
		expect(onsend).toHaveBeenCalledOnce();
	});
});

describe('the keys of the vote', () => {
	const onvote = vi.fn();
	const bar = () =>
		show(VoteBar, { allowed: ['a', 'b', 'tie', 'both_bad', 'skip'], hint: 'Vote.', onvote });

	afterEach(() => onvote.mockClear());

	it('rest behind a dialog', () => {
		bar();
		const dialog = document.body.appendChild(document.createElement('dialog'));
		dialog.setAttribute('open', '');
		press('1');
		expect(onvote).not.toHaveBeenCalled();
		dialog.remove();
		press('1');
		expect(onvote).toHaveBeenCalledExactlyOnceWith('a', 'key');
	});

	it('can be turned off, for good, and on again', () => {
		bar();
		const toggle = document.querySelector<HTMLElement>('[data-testid="shortcuts"]');
		toggle?.click();
		flushSync();
		press('s');
		press('1');
		expect(onvote).not.toHaveBeenCalled();
		expect(document.querySelector('kbd')).toBeNull();
		expect(localStorage.getItem('evenhand.keys')).toBe('off');
		toggle?.click();
		flushSync();
		press('1');
		expect(onvote).toHaveBeenCalledOnce();
	});
});

describe('a vote that could not be sent', () => {
	const ADA = { id: 'ada', is_guest: false };
	const GUEST = { id: 'guest', is_guest: true };
	const VOTE = 'POST /battles/one/vote';
	const DAY = 86_400_000;

	const enter = (user: typeof ADA | null) => (account.me = { user } as Me);
	function keep(by: typeof ADA | null = ADA, at = Date.now()): KeptVote {
		const vote: KeptVote = {
			key: 'key-one',
			ballot: { outcome: 'a', turn: 0, attempt: 0 },
			by,
			at,
		};
		keepVote('one', vote);
		return vote;
	}

	beforeEach(() => enter(ADA));
	afterEach(() => (account.me = null));

	it('goes with the next page, under its own key, once', async () => {
		keep();
		replies[VOTE] = [{ body: battle() }];
		expect((await sendKept(null)).taken).toBe(1);
		expect(keysOf('/battles/one/vote')).toEqual(['key-one']);
		expect((await sendKept(null)).taken).toBe(0);
	});

	it('is left to the battle that is open', async () => {
		keep();
		expect((await sendKept('one')).taken).toBe(0);
		expect(fetchMock).not.toHaveBeenCalled();
		expect(keptVote('one')).not.toBeNull();
	});

	it('stays kept while there is no connection, and goes away once it is refused for good', async () => {
		const vote = keep();
		expect((await sendKept(null)).problem?.code).toBe('offline');
		expect(keptVote('one')).toEqual(vote);
		replies[VOTE] = [refused('already-voted', 409)];
		expect(await sendKept(null)).toEqual({ taken: 0, problem: null });
		expect(keptVote('one')).toBeNull();
	});

	it.each([401, 403, 404])(
		'stays kept on %d, which is no answer about the vote',
		async (status) => {
			keep();
			replies[VOTE] = [refused('not-you', status)];
			await sendKept(null);
			expect(keptVote('one')).not.toBeNull();
		},
	);

	it.each([
		['nobody is signed in', ADA, null],
		['somebody else is signed in', ADA, { id: 'bob', is_guest: false }],
		['a guest has come', ADA, GUEST],
		['another guest has come', { id: 'other', is_guest: true }, GUEST],
	])('waits for whoever cast it while %s', async (_, by, user) => {
		keep(by);
		enter(user);
		await sendKept(null);
		expect(fetchMock).not.toHaveBeenCalled();
		expect(keptVote('one')).not.toBeNull();
	});

	it("of a guest goes with the account that they signed in to: the guest's battles are its own now", async () => {
		keep(GUEST);
		replies[VOTE] = [{ body: battle() }];
		expect((await sendKept(null)).taken).toBe(1);
	});

	it('that nobody would take for a week is kept no longer', async () => {
		keep({ id: 'bob', is_guest: false }, Date.now() - 6 * DAY);
		await sendKept(null);
		expect(keptVote('one')).not.toBeNull();
		keep({ id: 'bob', is_guest: false }, Date.now() - 8 * DAY);
		await sendKept(null);
		expect(keptVote('one')).toBeNull();
		keep(ADA, Date.now() - 8 * DAY);
		await sendKept(null);
		expect(keptVote('one')).not.toBeNull();
		replies[VOTE] = [refused('not-found', 404)];
		await sendKept(null);
		expect(keptVote('one')).toBeNull();
	});
});

describe('a draft', () => {
	it('is there after a reload, by place, until it is sent', () => {
		keepDraft('start', 'Why is');
		keepDraft('battle-1', 'And');
		expect([draft('start'), draft('battle-1')]).toEqual(['Why is', 'And']);
		keepDraft('start', '');
		expect([draft('start'), draft('battle-1')]).toEqual(['', 'And']);
	});

	it('is lost and nothing else where storage is forbidden', () => {
		vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
			throw new DOMException('full', 'QuotaExceededError');
		});
		expect(() => keepDraft('start', 'Why')).not.toThrow();
		vi.restoreAllMocks();
		expect(draft('start')).toBe('');
	});
});
