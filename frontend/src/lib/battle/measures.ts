import type { Measures, Side } from '$lib/api/types';

/** How much of each answer came into view, and how long the person took. Kept on the page only. */
export class Reading {
	private readonly opened = performance.now();
	private firstToken: number | null = null;
	private readonly furthest: Record<Side, number> = { a: 0, b: 0 };
	private readonly seen: Record<Side, number> = { a: 0, b: 0 };

	started(): void {
		this.firstToken ??= performance.now();
	}

	/** `bottom` is the lowest visible edge, relative to the answer's own top. */
	saw(side: Side, bottom: number, height: number, chars: number): void {
		if (height <= 0) return;
		const share = Math.min(1, Math.max(0, bottom / height));
		this.furthest[side] = Math.max(this.furthest[side], share);
		this.seen[side] = Math.max(this.seen[side], Math.round(share * chars));
	}

	measures(input: Measures['input']): Measures {
		const now = performance.now();
		const round = (share: number) => Math.round(share * 1000) / 1000;
		return {
			vote_ms: Math.round(now - (this.firstToken ?? now)),
			page_ms: Math.round(now - this.opened),
			scroll: { a: round(this.furthest.a), b: round(this.furthest.b) },
			seen: { ...this.seen },
			input,
		};
	}
}
