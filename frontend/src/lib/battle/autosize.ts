import type { Attachment } from 'svelte/attachments';

const TALLEST = 0.4;

/** Grows a text field with its words, up to a share of the window. */
export function autosize(value: () => string): Attachment<HTMLTextAreaElement> {
	return (field) => {
		value();
		field.style.height = 'auto';
		const limit = window.innerHeight * TALLEST;
		field.style.height = `${Math.min(field.scrollHeight + 2, limit)}px`;
		field.style.overflowY = field.scrollHeight > limit ? 'auto' : 'hidden';
	};
}
