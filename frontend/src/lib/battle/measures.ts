import type { Measures, Side } from '$lib/api/types';

/** How much of each answer came into view, and how long the person took. Kept on the page only. */
export class Reading {
	private readonly opened = performance.now();
	private firstToken: number | null = null;
	private readonly furthest: Partial<Record<Side, number>> = {};
	private readonly seen: Partial<Record<Side, number>> = {};

	started(): void {
		this.firstToken ??= performance.now();
	}

	/** `bottom` is the lowest visible edge, relative to the answer's own top. */
	saw(side: Side, bottom: number, height: number, chars: number): void {
		if (height <= 0) return;
		const share = Math.min(1, Math.max(0, bottom / height));
		this.furthest[side] = Math.max(this.furthest[side] ?? 0, share);
		this.seen[side] = Math.max(this.seen[side] ?? 0, Math.round(share * chars));
	}

	measures(input: Measures['input'], sides: readonly Side[]): Measures {
		const now = performance.now();
		const round = (share: number) => Math.round(share * 1000) / 1000;
		return {
			vote_ms: Math.round(now - (this.firstToken ?? now)),
			page_ms: Math.round(now - this.opened),
			scroll: Object.fromEntries(sides.map((side) => [side, round(this.furthest[side] ?? 0)])),
			seen: Object.fromEntries(sides.map((side) => [side, this.seen[side] ?? 0])),
			input,
		};
	}
}
