const OFTEN_MS = 3_000;
const SELDOM_MS = 60_000;

/**
 * Looks again and again at what is under way, while the page is seen: often in the first minute, which `soon` says, and seldom after it.
 * Give what it returns to `$effect`.
 */
export function keepLooking(look: (soon: boolean) => Promise<void>): () => void {
	const begun = Date.now();
	let timer: ReturnType<typeof setTimeout> | undefined;
	let left = false;
	function wait(): void {
		const soon = Date.now() - begun < SELDOM_MS;
		timer = setTimeout(() => void turn(soon), soon ? OFTEN_MS : SELDOM_MS);
	}
	async function turn(soon: boolean): Promise<void> {
		try {
			if (!document.hidden) await look(soon);
		} finally {
			if (!left) wait();
		}
	}
	wait();
	return () => {
		left = true;
		clearTimeout(timer);
	};
}
