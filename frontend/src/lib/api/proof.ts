import { writable } from 'svelte/store';
import { offline } from './problem';
import type { Challenge } from './types';

/** Whether the browser is doing a little work that the arena asked for. */
export const checking = writable(false);

/** Solve a challenge away from the page, which stays usable. Rejects when it cannot be solved here. */
export async function prove(challenge: Challenge): Promise<string> {
	checking.set(true);
	const worker = new Worker(new URL('./solve.worker.ts', import.meta.url), { type: 'module' });
	try {
		return await new Promise<string>((resolve, reject) => {
			worker.onmessage = (event: MessageEvent<string | null>) =>
				event.data ? resolve(event.data) : reject(offline());
			worker.onerror = () => reject(offline());
			worker.postMessage(challenge);
		});
	} finally {
		worker.terminate();
		checking.set(false);
	}
}
