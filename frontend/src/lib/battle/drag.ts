import type { Attachment } from 'svelte/attachments';
import type { Side } from '$lib/api/types';
import { placeOf, targetAt, type Ranking, type Spot, type Target } from './ranking';

/** A side on its way: how far it was moved, and what letting it go would mean. */
export interface Drag {
	side: Side;
	x: number;
	y: number;
	target: Target | null;
}

interface Options {
	side: Side;
	sides: () => readonly Side[];
	ranking: () => Ranking;
	/** The row that all sides are in. */
	box: () => HTMLElement | undefined;
	of: (side: Side) => HTMLElement | undefined;
	may: () => boolean;
	onmove: (drag: Drag | null) => void;
	ondrop: (target: Target) => void;
}

/** Less than that is a click by an unsteady hand. */
const NEAR_PX = 6;
/** So far above or below the row, a side is taken out of the order. */
const FAR_PX = 48;

interface Room {
	top: number;
	bottom: number;
	rtl: boolean;
	placed: Spot[];
	/** Where the sides that have no place begin; null when there are none. */
	waiting: number | null;
}

/** Where everything is as a drag begins: nothing moves before it ends. */
function room({ side, sides, ranking, box, of }: Options): Room {
	const list = box();
	const frame = list?.getBoundingClientRect() ?? new DOMRect();
	const rtl = list ? getComputedStyle(list).direction === 'rtl' : false;
	const spot = (other: Side): Spot[] => {
		const rect = of(other)?.getBoundingClientRect();
		return rect ? [{ side: other, left: rect.left, width: rect.width }] : [];
	};
	const order = ranking();
	const waits = sides()
		.filter((other) => placeOf(order, other) < 0)
		.flatMap(spot);
	const edges = waits.map(({ left, width }) => (rtl ? left + width : left));
	return {
		top: frame.top,
		bottom: frame.bottom,
		rtl,
		placed: order.places
			.flat()
			.filter((other) => other !== side)
			.flatMap(spot),
		waiting: edges.length ? (rtl ? Math.max(...edges) : Math.min(...edges)) : null,
	};
}

function aim(event: PointerEvent, where: Room, ranking: Ranking): Target {
	if (event.clientY < where.top - FAR_PX || event.clientY > where.bottom + FAR_PX) return 'out';
	const { waiting, rtl } = where;
	if (waiting !== null && (rtl ? event.clientX < waiting : event.clientX > waiting)) return 'out';
	return targetAt(event.clientX, where.placed, ranking, rtl);
}

/** Lets a side be dragged by mouse, pen or finger; a click stays one. Escape, or a call from the system, puts it back. */
export function dragging(options: Options): Attachment<HTMLElement> {
	return (element) => {
		let from: { x: number; y: number; room: Room } | null = null;
		let now: Drag | null = null;
		const tell = (drag: Drag | null) => options.onmove((now = drag));
		const down = (event: PointerEvent) => {
			if (event.button !== 0 || !options.may()) return;
			from = { x: event.clientX, y: event.clientY, room: room(options) };
			// At once: the first move of a quick hand ends on another element.
			element.setPointerCapture(event.pointerId);
		};
		const moved = (event: PointerEvent) => {
			if (!from) return;
			const [x, y] = [event.clientX - from.x, event.clientY - from.y];
			if (!now && Math.hypot(x, y) < NEAR_PX) return;
			tell({ side: options.side, x, y, target: aim(event, from.room, options.ranking()) });
		};
		const up = () => {
			const target = now?.target;
			if (now) swallowClick(element);
			stop();
			if (target) options.ondrop(target);
		};
		const stop = () => {
			from = null;
			if (now) tell(null);
		};
		const key = (event: KeyboardEvent) => event.key === 'Escape' && stop();
		const listeners: [string, (event: never) => void][] = [
			['pointerdown', down],
			['pointermove', moved],
			['pointerup', up],
			['pointercancel', stop],
			['keydown', key],
		];
		for (const [name, listen] of listeners) element.addEventListener(name, listen as EventListener);
		return () => {
			for (const [name, listen] of listeners) {
				element.removeEventListener(name, listen as EventListener);
			}
		};
	};
}

/** The click that a browser makes of a drag's end is none. */
function swallowClick(element: HTMLElement): void {
	const swallow = (event: Event) => event.stopImmediatePropagation();
	element.addEventListener('click', swallow, { capture: true });
	setTimeout(() => element.removeEventListener('click', swallow, { capture: true }), 0);
}
