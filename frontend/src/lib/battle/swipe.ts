import type { Attachment } from 'svelte/attachments';

const FAR_PX = 56;

/** A clear sideways stroke; code and tables that scroll sideways keep theirs. */
export function swipe(onswipe: (direction: 1 | -1) => void): Attachment<HTMLElement> {
	return (element) => {
		let start: Touch | null = null;
		const down = (event: TouchEvent) => {
			const target = event.target as Element | null;
			const taken = event.touches.length > 1 || target?.closest('pre, .table-scroll, .formula');
			start = taken ? null : (event.touches[0] ?? null);
		};
		const up = (event: TouchEvent) => {
			const end = event.changedTouches[0];
			if (!start || !end) return;
			const across = end.clientX - start.clientX;
			const along = Math.abs(end.clientY - start.clientY);
			start = null;
			if (Math.abs(across) > FAR_PX && Math.abs(across) > along * 1.6) onswipe(across < 0 ? 1 : -1);
		};
		element.addEventListener('touchstart', down, { passive: true });
		element.addEventListener('touchend', up, { passive: true });
		return () => {
			element.removeEventListener('touchstart', down);
			element.removeEventListener('touchend', up);
		};
	};
}
