import type { BattleSession } from './session.svelte';

/** Carries a battle that is already streaming from the page that opened it to its own page. */
let waiting: BattleSession | null = null;

export function adopt(session: BattleSession): void {
	waiting?.close();
	waiting = session;
}

export function claim(id: string): BattleSession | null {
	if (waiting?.id !== id) return null;
	const session = waiting;
	waiting = null;
	return session;
}
