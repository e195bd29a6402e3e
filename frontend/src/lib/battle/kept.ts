import type { Ballot } from '$lib/api/types';

/** A vote that could not be sent yet, with the key that makes sending it twice harmless. */
export interface KeptVote {
	key: string;
	ballot: Ballot;
}

const name = (id: string) => `evenhand.vote.${id}`;

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
