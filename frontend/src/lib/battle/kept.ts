import { api, newKey } from '$lib/api/client';
import { ApiProblem } from '$lib/api/problem';
import type { Ballot, Battle, Me } from '$lib/api/types';
import { account } from '$lib/ui/account.svelte';

type Person = Pick<NonNullable<Me['user']>, 'id' | 'is_guest'>;

/** A vote that could not be sent yet, with the key that makes sending it twice harmless. */
export interface KeptVote {
	key: string;
	ballot: Ballot;
	/** Who cast it, and when. */
	by: Person | null;
	at: number;
}

/** How long one is kept that is not taken from whoever is here. */
const LONGEST_MS = 7 * 86_400_000;
const PREFIX = 'evenhand.vote.';
const name = (id: string) => PREFIX + id;

export function newVote(ballot: Ballot): KeptVote {
	const user = account.me?.user;
	const by = user ? { id: user.id, is_guest: user.is_guest } : null;
	return { key: newKey(), ballot, by, at: Date.now() };
}

// Storage may be full or forbidden: the vote then lives as long as the page does.
export function keepVote(id: string, vote: KeptVote): void {
	try {
		localStorage.setItem(name(id), JSON.stringify(vote));
	} catch {
		return;
	}
}

export function keptVote(id: string): KeptVote | null {
	try {
		const stored = localStorage.getItem(name(id));
		return stored ? (JSON.parse(stored) as KeptVote) : null;
	} catch {
		return null;
	}
}

export function forgetVote(id: string): void {
	try {
		localStorage.removeItem(name(id));
	} catch {
		return;
	}
}

/** Casts a vote; answers that are still being written are stopped for it. */
export async function postVote(id: string, vote: KeptVote): Promise<Battle> {
	try {
		return await api.vote(id, vote.ballot, vote.key);
	} catch (error) {
		if (!(error instanceof ApiProblem) || error.code !== 'still-streaming') throw error;
	}
	await api.stop(id);
	// The refused request may be remembered under its key, so the second one has its own.
	return api.vote(id, vote.ballot, newKey());
}

function keptIds(): string[] {
	try {
		const names = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
		return names.map((key) => key.slice(PREFIX.length));
	} catch {
		return [];
	}
}

/** A guest may have signed in since: then the guest's battles are that account's. */
const mayBeOf = ({ by }: KeptVote, me: Person) =>
	!by || by.id === me.id || (by.is_guest && !me.is_guest);

/**
 * Sends what whoever is here could not send before, but for the battle that is open, which sends its own. Resolves with how many were
 * taken, and with what stands in the way for now. Only an answer about the vote itself, or its age, ends that it is kept.
 */
export async function sendKept(
	open: string | null,
): Promise<{ taken: number; problem: ApiProblem | null }> {
	const me = account.me?.user;
	let taken = 0;
	for (const id of me ? keptIds() : []) {
		const vote = id === open ? null : keptVote(id);
		if (!me || !vote) continue;
		let over = !(Date.now() - vote.at < LONGEST_MS);
		try {
			if (mayBeOf(vote, me)) {
				await postVote(id, vote);
				taken += 1;
				over = true;
			}
		} catch (problem) {
			if (!(problem instanceof ApiProblem)) throw problem;
			if (problem.passing) return { taken, problem };
			over ||= problem.final;
		}
		if (over) forgetVote(id);
	}
	return { taken, problem: null };
}

/** Sends what is kept, again while something passing stands in the way. Returns what ends it. */
export function keepSending(open: string | null): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	let over = false;
	const send = async (tries: number) => {
		const { taken, problem } = await sendKept(open);
		if (taken) void account.refresh();
		if (problem && !over) timer = setTimeout(() => void send(tries + 1), problem.wait(tries));
	};
	void send(1);
	return () => {
		over = true;
		clearTimeout(timer);
	};
}
