import { sha256 } from './sha256';
import type { Challenge } from './types';

/** The value of `X-Altcha` for a challenge; null when no number solves it. */
export function solve(challenge: Challenge): string | null {
	const bytes = new TextEncoder();
	for (let number = 0; number <= challenge.maxnumber; number++) {
		if (sha256(bytes.encode(challenge.salt + number)) !== challenge.challenge) continue;
		const { algorithm, challenge: hash, salt, signature } = challenge;
		return btoa(JSON.stringify({ algorithm, challenge: hash, number, salt, signature }));
	}
	return null;
}
