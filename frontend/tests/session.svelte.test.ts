import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Battle } from '../src/lib/api/types';
import { keptVote } from '../src/lib/battle/kept';
import { BattleSession } from '../src/lib/battle/session.svelte';
import { answer, battle, reveal } from './fixtures';
import { keysOf, refused, replies, scripted } from './scripted';

scripted();

describe('a battle on the page', () => {
	const answers = [answer('a', 'Blue.', 'done'), answer('b', 'Sky.', 'done')];
	const can = {
		vote: ['a', 'skip'],
		follow_up: true,
		ask_again: true,
		stop: false,
	} as Battle['can'];
	const ended = (changes: Partial<Battle> = {}) =>
		battle({ stream: null, can, ...changes }, answers);
	const two = () =>
		ended({
			turns: [0, 1].flatMap((number) => ended().turns.map((turn) => ({ ...turn, number }))),
		});
	let session: BattleSession;

	async function opened(): Promise<BattleSession> {
		replies['GET /battles/battle-1'] = [{ body: ended() }];
		session = await BattleSession.load('battle-1');
		return session;
	}

	afterEach(() => session.close());

	it('asks a follow-up again under the same key when the reply was lost', async () => {
		await opened();
		replies['GET /battles/battle-1'] = [{ body: ended() }];
		expect(await session.followUp('And at dusk?')).toBe(false);
		expect(session.view.problem?.code).toBe('offline');
		replies['POST /battles/battle-1/turns'] = [{ body: two() }];
		expect(await session.followUp('And at dusk?')).toBe(true);
		const [first, second] = keysOf('/battles/battle-1/turns');
		expect(first).toBe(second);
	});

	it('goes on with a follow-up whose reply was lost but which the server has', async () => {
		await opened();
		replies['GET /battles/battle-1'] = [{ body: two() }];
		expect(await session.followUp('And at dusk?')).toBe(true);
		expect([session.view.turns.length, session.view.problem]).toEqual([2, null]);
	});

	it('takes a new key once the server has said no', async () => {
		await opened();
		replies['POST /battles/battle-1/turns'] = [
			refused('turn-limit', 409),
			refused('turn-limit', 409),
		];
		await session.followUp('And at dusk?');
		await session.followUp('And at dusk?');
		expect(new Set(keysOf('/battles/battle-1/turns')).size).toBe(2);
	});

	it('skips at once by the button, and asks first after a key', async () => {
		await opened();
		session.choose('skip', 'key');
		expect(session.view.vote).toBe('choosing');
		expect(keysOf('/battles/battle-1/vote')).toEqual([]);
		session.dispatch({ type: 'unchose' });
		session.choose('skip', 'pointer');
		expect(session.view.vote).toBe('sending');
	});

	it('keeps words and reasons over a change of mind, and drops them with new answers', async () => {
		await opened();
		session.choose('a', 'pointer');
		session.dispatch({ type: 'reason-toggled', side: 'a', reason: 'clear' });
		session.dispatch({ type: 'commented', text: 'Short.' });
		session.dispatch({ type: 'unchose' });
		session.choose('tie', 'pointer');
		expect([session.view.comment, session.view.reasons.a]).toEqual(['Short.', ['clear']]);
		session.dispatch({ type: 'unchose' });
		replies['POST /battles/battle-1/turns'] = [{ body: two() }];
		await session.followUp('And at dusk?');
		expect([session.view.comment, session.view.reasons.a]).toEqual(['', []]);
	});

	describe('after a rated vote', () => {
		const voted = (of: Battle) => ({ ...of, vote: reveal({ rated: true, seq: null }) });
		/** Its second turn is being answered. */
		const streaming = () => {
			const [first, second] = two().turns as [Battle['turns'][0], Battle['turns'][0]];
			const unsaid = [answer('a', '', 'streaming'), answer('b', '', 'streaming')];
			return voted(battle({ can, turns: [first, { ...second, answers: unsaid }] }));
		};
		const STREAM = 'GET /battles/battle-1/stream?ticket=t';
		const HELD = 'GET /battles/battle-1';
		let give: (reply: Response) => void;

		/** The look for the new rating is on its way. */
		async function looking(): Promise<void> {
			vi.useFakeTimers();
			vi.stubGlobal('WebSocket', function () {
				return { close: () => undefined };
			});
			await opened();
			replies['POST /battles/battle-1/vote'] = [{ body: voted(ended()) }];
			session.choose('a', 'pointer');
			session.cast();
			replies[HELD] = [new Promise((done) => (give = done))];
			await vi.advanceTimersByTimeAsync(3000);
			expect(replies[HELD]).toHaveLength(0);
		}
		const answered = async (of: Battle) => {
			give(new Response(JSON.stringify(of)));
			await vi.advanceTimersByTimeAsync(0);
		};

		afterEach(() => {
			vi.useRealTimers();
			vi.unstubAllGlobals();
		});

		it('keeps a follow-up that a look of before it does not know', async () => {
			await looking();
			replies['POST /battles/battle-1/turns'] = [{ body: streaming() }];
			replies[STREAM] = [new Promise(() => undefined)];
			expect(await session.followUp('And at dusk?')).toBe(true);
			await answered(voted(ended()));
			expect(session.view.turns).toHaveLength(2);
			expect(session.view.stream).not.toBeNull();
		});

		it('is busy with a follow-up though a look comes in between', async () => {
			await looking();
			replies['POST /battles/battle-1/turns'] = [new Promise(() => undefined)];
			void session.followUp('And at dusk?');
			await answered(voted(ended()));
			expect(session.view.busy).toBe('follow-up');
		});

		it('goes on saying what went wrong though a look comes after it', async () => {
			await looking();
			replies['POST /battles/battle-1/turns'] = [refused('turn-limit', 409)];
			expect(await session.followUp('And at dusk?')).toBe(false);
			await answered(voted(ended()));
			expect(session.view.problem?.code).toBe('turn-limit');
		});

		it('says nothing of a look that failed', async () => {
			await looking();
			give(new Response('', { status: 502 }));
			await vi.advanceTimersByTimeAsync(0);
			expect(session.view.problem).toBeNull();
		});
	});

	it('that was left follows no board when its vote is answered late', async () => {
		const sockets = vi.fn();
		vi.stubGlobal('WebSocket', sockets);
		await opened();
		replies['POST /battles/battle-1/vote'] = [{ body: ended({ vote: reveal({ rated: true }) }) }];
		session.choose('a', 'pointer');
		session.cast();
		session.close();
		await vi.waitFor(() => expect(keptVote('battle-1')).toBeNull());
		expect(sockets).not.toHaveBeenCalled();
	});
});
