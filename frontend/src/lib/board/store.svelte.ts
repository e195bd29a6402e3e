import { api } from '$lib/api/client';
import type { Analysis, Board, BoardHistory } from '$lib/api/types';
import { followBoard, type LiveState } from '$lib/api/live';
import { ApiProblem } from '$lib/api/problem';

const LOOK_AGAIN_MS = 30_000;
const BUILDING_MS = 2_000;

/** One thing that is asked for: not here yet, here, not there at all, or a problem. */
export class Asked<T> {
	value: T | null = $state.raw(null);
	missing = $state(false);
	problem: ApiProblem | null = $state.raw(null);

	/** Keeps what is shown while it asks again. Resolves always: what went wrong is in `problem`. */
	async ask(fetching: Promise<T>, wanted: () => boolean): Promise<void> {
		try {
			const value = await fetching;
			if (!wanted()) return;
			this.value = value;
			this.missing = false;
			this.problem = null;
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			if (!wanted()) return;
			this.missing = error.status === 404;
			this.problem = this.missing ? null : error;
		}
	}
}

/** All that the page knows of one board, kept up to date while it is looked at. */
export class BoardStore {
	board: Board | null = $state.raw(null);
	live: LiveState = $state('connecting');
	/** Whether there is no such board. */
	missing = $state(false);
	problem: ApiProblem | null = $state.raw(null);
	readonly analysis = new Asked<Analysis>();
	readonly history = new Asked<BoardHistory>();
	private closed = false;

	constructor(readonly slug: string) {}

	/** Begins to follow; the return value ends it. */
	follow(): () => void {
		const leave = followBoard(this.slug, {
			onBoard: (board) => this.take(board),
			onState: (state) => (this.live = state),
			onMissing: () => (this.missing = true),
			onProblem: (error) => {
				if (error instanceof ApiProblem) this.problem = error;
			},
		});
		const looking = setInterval(() => void this.lookIfOld(), LOOK_AGAIN_MS);
		const building = setInterval(() => void this.lookAtBuilding(), BUILDING_MS);
		return () => {
			this.closed = true;
			leave();
			clearInterval(looking);
			clearInterval(building);
		};
	}

	private take(board: Board): void {
		const first = this.board === null;
		this.board = board;
		this.problem = null;
		if (first) void this.look();
	}

	private async look(): Promise<void> {
		const wanted = () => !this.closed;
		const history = this.history.ask(api.boardHistory(this.slug), wanted);
		// Nothing can be worked out from no votes, so nothing is asked.
		if (this.board?.votes) await this.analysis.ask(api.analysis(this.slug), wanted);
		else this.analysis.missing = true;
		await history;
	}

	private async lookIfOld(): Promise<void> {
		const behind = (this.analysis.value?.seq ?? -2) < (this.board?.seq ?? -1);
		if (!document.hidden && behind) await this.look();
	}

	private async lookAtBuilding(): Promise<void> {
		if (this.board?.state !== 'building' || document.hidden) return;
		const asked = new Asked<Board>();
		// Whatever goes wrong is asked again in a moment: what is shown stays.
		await asked.ask(api.board(this.slug), () => !this.closed);
		if (asked.value) this.take(asked.value);
	}
}
