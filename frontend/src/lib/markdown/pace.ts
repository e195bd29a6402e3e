const PAUSE = 4;

/** Keeps an answer that is slow to draw from taking the whole page: it rests four times as long as it drew. */
export class Pace {
	private free = 0;

	/** Milliseconds from `now` until it may be drawn again. */
	wait(now: number): number {
		return Math.max(0, this.free - now);
	}

	drew(began: number, ended: number): void {
		this.free = ended + (ended - began) * PAUSE;
	}
}
