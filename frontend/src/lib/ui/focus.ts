import { tick } from 'svelte';
import type { Attachment } from 'svelte/attachments';

/** What is hidden still has the focus until the page is drawn anew; nobody writes there any more. */
const isWritten = (at: Element | null): boolean =>
	at !== null && at.matches('input, textarea, select') && !at.closest('[hidden]');

/** Has the focus go into what appears in the place of what had it, and back when it goes; never away from a field that stays. */
export const takesFocus: Attachment<HTMLElement> = (shown) => {
	const before = document.activeElement;
	if (isWritten(before)) return;
	const whole = shown.hasAttribute('tabindex');
	(whole ? shown : shown.querySelector<HTMLElement>('input, button'))?.focus();
	// Back only once the page is drawn anew: what had it may be hidden until then.
	return () => void tick().then(() => back(before));
};

function back(to: Element | null): void {
	const elsewhere = document.activeElement !== document.body;
	if (!elsewhere && to instanceof HTMLElement) to.focus();
}

/** Leads whoever filled a form to the first of its fields that was refused. */
export async function toRefused(): Promise<void> {
	await tick();
	const form = document.activeElement?.closest('form') ?? document;
	const field = form.querySelector<HTMLElement>('[aria-invalid=true]');
	field?.closest('details')?.setAttribute('open', '');
	field?.focus();
}
