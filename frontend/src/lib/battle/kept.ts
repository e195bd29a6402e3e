import { api, newKey } from '$lib/api/client';
import { ApiProblem } from '$lib/api/problem';
import type { Ballot, Battle } from '$lib/api/types';

/** A vote that could not be sent yet, with the key that makes sending it twice harmless. */
export interface KeptVote {
	key: string;
	ballot: Ballot;
}

const PREFIX = 'evenhand.vote.';
const name = (id: string) => PREFIX + id;

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

/**
 * Sends the votes that other visits could not send, but for the battle that is open, which sends its own.
 * Resolves with how many were taken; what may succeed later stays kept.
 */
export async function sendKept(open: string | null): Promise<number> {
	let taken = 0;
	for (const id of keptIds()) {
		const vote = id === open ? null : keptVote(id);
		if (!vote) continue;
		try {
			await postVote(id, vote);
			taken += 1;
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			if (error.passing) return taken;
		}
		forgetVote(id);
	}
	return taken;
}
