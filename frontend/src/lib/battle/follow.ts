import type { Attachment } from 'svelte/attachments';

const NEAR_PX = 32;

function atEnd(element: Element): boolean {
	return element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
}

/**
 * Keeps the end in sight for a person who went there, and moves nothing for anybody else. The wish
 * is read from their own scrolling alone: a page that is still short is not a wish to follow.
 */
export function followEnd(growing: () => boolean, whole: boolean): Attachment<HTMLElement> {
	return (element) => {
		const scroller = whole ? (document.scrollingElement ?? element) : element;
		const source: EventTarget = whole ? window : element;
		let following = false;
		let last = scroller.scrollTop;
		const onscroll = () => {
			const up = scroller.scrollTop < last;
			last = scroller.scrollTop;
			following = !up && scroller.scrollTop > 0 && atEnd(scroller);
		};
		const observer = new ResizeObserver(() => {
			if (following && growing()) scroller.scrollTop = scroller.scrollHeight;
		});
		source.addEventListener('scroll', onscroll, { passive: true });
		observer.observe(whole ? element : (element.firstElementChild ?? element));
		return () => {
			observer.disconnect();
			source.removeEventListener('scroll', onscroll);
		};
	};
}
