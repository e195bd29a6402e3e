import { api, newKey, type NewBattle } from '$lib/api/client';
import { followBoard } from '$lib/api/live';
import { ApiProblem, offline } from '$lib/api/problem';
import { readStream } from '$lib/api/stream';
import type { Battle, Measures, Outcome, Side, StreamMessage } from '$lib/api/types';
import { forgetVote, keepVote, keptVote, newVote, postVote, type KeptVote } from './kept';
import { account } from '$lib/ui/account.svelte';
import { Reading } from './measures';
import { ranksOf } from './ranking';
import { isBehind, reduce, sameAnswers } from './reducer';
import { emptyBattle, latest, type BattleEvent, type BattleView } from './state';

/** Next frame, or soon when the tab is hidden and frames have stopped. */
function soon(run: () => void): void {
	let done = false;
	const once = () => {
		if (!done) run();
		done = true;
	};
	requestAnimationFrame(once);
	setTimeout(once, 200);
}

function asProblem(error: unknown): ApiProblem {
	return error instanceof ApiProblem ? error : offline();
}

/** One battle on the page: feeds the pure reducer with what the server says and the person does. */
export class BattleSession {
	view: BattleView = $state.raw(emptyBattle());
	/** Set by a page that wants to hear of a vote, to show what it reveals. */
	onVoted: (battle: Battle) => void = () => undefined;
	reading = new Reading();

	private queue: BattleEvent[] = [];
	private reader: AbortController | null = null;
	private unfollow: (() => void) | null = null;
	private retry: ReturnType<typeof setTimeout> | undefined;
	private rereading: ReturnType<typeof setTimeout> | undefined;
	private retries = 0;
	private pending: KeptVote | null = null;
	private closed = false;
	// One key an intention: asking the same again after a lost reply is the same intention.
	private intention = { of: '', key: '' };
	private readonly hurry = () => {
		if (this.pending) void this.sendVote(this.pending);
		if (this.view.busy === 'reading') void this.reread();
	};

	constructor() {
		addEventListener('online', this.hurry);
	}

	static async open(body: NewBattle, key: string): Promise<BattleSession> {
		const battle = await api.openBattle(body, key);
		const session = new BattleSession();
		session.take(battle);
		return session;
	}

	static async load(id: string): Promise<BattleSession> {
		const battle = await api.battle(id);
		const session = new BattleSession();
		session.take(battle);
		const kept = battle.vote ? null : keptVote(id);
		if (kept) void session.sendVote(kept);
		return session;
	}

	close(): void {
		this.closed = true;
		removeEventListener('online', this.hurry);
		this.reader?.abort();
		this.unfollow?.();
		clearTimeout(this.retry);
		clearTimeout(this.rereading);
	}

	dispatch(event: BattleEvent): void {
		this.view = reduce(this.view, event);
	}

	/** Stream events wait for the next frame, so that a burst of tokens costs one rendering. */
	private enqueue(event: BattleEvent): void {
		this.queue.push(event);
		if (this.queue.length === 1) soon(() => this.flush());
	}

	private flush(): void {
		const events = this.queue;
		this.queue = [];
		this.view = events.reduce(reduce, this.view);
	}

	private take(battle: Battle, aside = false): void {
		if (this.closed) return;
		if (!aside) clearTimeout(this.rereading);
		this.flush();
		const before = latest(this.view);
		const late = isBehind(this.view, battle);
		this.dispatch({ type: 'loaded', battle, aside });
		if (late) return;
		if (!sameAnswers(before, latest(this.view))) this.reading = new Reading();
		if (battle.stream && !this.reader) void this.read(battle.stream.url);
		// Answers that were there at once, for another voter of theirs, are read from now on.
		if (!battle.stream && !battle.vote) this.reading.started();
		if (battle.vote?.rated && battle.vote.sides.some((side) => !side.after)) this.awaitRating();
	}

	private async read(url: string): Promise<void> {
		const turn = latest(this.view);
		if (!turn) return;
		const { number, attempt } = turn;
		const reader = new AbortController();
		this.reader = reader;
		this.dispatch({ type: 'stream-started' });
		const onMessage = (message: StreamMessage) => {
			this.reading.started();
			this.enqueue({ type: 'stream', turn: number, attempt, message });
		};
		const onLink = (state: BattleView['link']) => this.enqueue({ type: 'link', state });
		const { signal } = reader;
		try {
			await readStream({ url, onMessage, onLink, signal, renew: () => this.renew() });
		} catch (error) {
			if (!signal.aborted) this.enqueue({ type: 'failed', problem: asProblem(error) });
		}
		if (this.reader === reader) this.reader = null;
		if (!signal.aborted) await this.reread();
	}

	private async renew(): Promise<string | null> {
		const battle = await api.battle(this.id);
		this.take(battle, true);
		return battle.stream?.url ?? null;
	}

	/** The stream says what was written; only the battle says what may be done next, and is asked until it does. */
	async reread(failures = 1): Promise<void> {
		const problem = await this.refresh('unread');
		if (!problem?.passing || this.closed) return;
		clearTimeout(this.rereading);
		this.rereading = setTimeout(() => void this.reread(failures + 1), problem.wait(failures));
	}

	/** `aside`: nobody waits for it, and nobody is told where it fails. */
	async refresh(type: 'failed' | 'unread' | 'aside' = 'failed'): Promise<ApiProblem | null> {
		try {
			this.take(await api.battle(this.id), type === 'aside');
			return null;
		} catch (error) {
			const problem = asProblem(error);
			// What the stream said last came before this.
			this.flush();
			if (type !== 'aside') this.dispatch({ type, problem });
			return problem;
		}
	}

	get id(): string {
		return this.view.id ?? '';
	}

	private async ask(
		what: 'follow-up' | 'again' | 'stop',
		call: () => Promise<Battle>,
	): Promise<boolean> {
		const before = latest(this.view);
		this.dispatch({ type: 'asked', what });
		try {
			this.take(await call());
			return true;
		} catch (error) {
			const problem = asProblem(error);
			// Only the reply may be lost: then the battle itself says that it was done.
			if (problem.passing && what !== 'stop') await this.refresh();
			if (!sameAnswers(before, latest(this.view))) return true;
			this.dispatch({ type: 'failed', problem });
			return false;
		}
	}

	private async begin(what: 'follow-up' | 'again', prompt: string): Promise<boolean> {
		const of = `${what} ${prompt}`;
		if (this.intention.of !== of) this.intention = { of, key: newKey() };
		const { key } = this.intention;
		const call = () =>
			what === 'again' ? api.askAgain(this.id, key) : api.addTurn(this.id, prompt, key);
		const done = await this.ask(what, call);
		if (done || !this.view.problem?.passing) this.intention = { of: '', key: '' };
		return done;
	}

	followUp(prompt: string): Promise<boolean> {
		return this.begin('follow-up', prompt);
	}

	askAgain(): Promise<boolean> {
		return this.begin('again', '');
	}

	stop(side?: Side): Promise<boolean> {
		return this.ask('stop', () => api.stop(this.id, side));
	}

	/** The measures are taken at the choice, not after the reasons. */
	private measures: Measures | null = null;

	choose(outcome: Outcome, input: Measures['input']): void {
		this.measures = this.reading.measures(input, this.view.sides);
		this.dispatch({ type: 'chose', outcome });
		// A button was meant; a letter may have been meant for another window.
		if (outcome === 'skip' && input !== 'key') this.cast();
	}

	cast(withReasons = false): void {
		const { choice, reasons, comment, ranking, sides } = this.view;
		const turn = latest(this.view);
		if (!choice || !turn || this.view.vote !== 'choosing') return;
		const why = withReasons && choice !== 'skip';
		const said = why && sides.some((side) => reasons[side]?.length);
		const ballot = {
			outcome: choice,
			turn: turn.number,
			attempt: turn.attempt,
			...(choice === 'ranking' ? { ranks: ranksOf(ranking) } : {}),
			...(said ? { reasons } : {}),
			...(why && comment.trim() ? { comment: comment.trim() } : {}),
			...(this.measures ? { measures: this.measures } : {}),
		};
		void this.sendVote(newVote(ballot));
	}

	sendNow(): void {
		this.hurry();
	}

	private async sendVote(vote: KeptVote): Promise<void> {
		clearTimeout(this.retry);
		this.pending = vote;
		keepVote(this.id, vote);
		this.dispatch({ type: 'vote-sent', ballot: vote.ballot });
		try {
			const battle = await postVote(this.id, vote);
			if (this.pending !== vote) return;
			void account.refresh();
			this.settle();
			this.reader?.abort();
			this.reader = null;
			this.take(battle);
			this.onVoted(battle);
		} catch (error) {
			await this.voteFailed(vote, asProblem(error));
		}
	}

	private async voteFailed(vote: KeptVote, problem: ApiProblem): Promise<void> {
		// It may have been sent twice at once, and the other time have been answered.
		if (this.pending !== vote) return;
		if (!problem.final) return this.voteKept(vote, problem);
		this.settle();
		if (problem.code === 'already-voted' || problem.code === 'stale-attempt') await this.refresh();
		this.dispatch({ type: 'vote-refused', problem });
		if (this.view.reveal) await this.refresh();
	}

	private voteKept(vote: KeptVote, problem: ApiProblem): void {
		// Kept on the device, it is sent again by whatever page is open: see `sendKept`.
		if (this.closed) return;
		this.dispatch({ type: 'vote-kept', problem });
		// Not a matter of time: somebody else is here, or nobody.
		if (!problem.passing) return void account.refresh();
		this.retries += 1;
		clearTimeout(this.retry);
		this.retry = setTimeout(() => void this.sendVote(vote), problem.wait(this.retries + 1));
	}

	private settle(): void {
		clearTimeout(this.retry);
		this.pending = null;
		this.retries = 0;
		forgetVote(this.id);
	}

	/** The new rating arrives with the board, once the vote has its number in the log. */
	private awaitRating(): void {
		if (this.unfollow) return;
		const slug = this.view.reveal?.board ?? 'overall';
		let asking = false;
		this.unfollow = followBoard(slug, {
			onState: () => undefined,
			onBoard: (board) => {
				this.dispatch({ type: 'board', board });
				if (this.view.reveal?.sides.every((side) => side.after)) return this.stopWaiting();
				if (this.view.reveal?.seq !== null || asking) return;
				asking = true;
				void this.refresh('aside').finally(() => {
					asking = false;
					this.dispatch({ type: 'board', board });
				});
			},
		});
		// A vote still unnumbered when the first frame came may be followed by no other vote for hours.
		this.retry = setTimeout(() => void this.refresh('aside'), 3000);
	}

	private stopWaiting(): void {
		this.unfollow?.();
		this.unfollow = null;
	}
}
