import type { Outcome } from '$lib/api/types';

const KEYS: Record<string, Outcome> = {
	'1': 'a',
	a: 'a',
	'2': 'tie',
	t: 'tie',
	'3': 'b',
	b: 'b',
	'4': 'both_bad',
	n: 'both_bad',
	s: 'skip',
};

const WRITING = 'input, textarea, select, [contenteditable]:not([contenteditable="false"])';

export type KeyPress = Pick<
	KeyboardEvent,
	'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'repeat' | 'defaultPrevented'
> & { target: EventTarget | null };

/** Whether an input method has the key: Safari says that it has ended before the Enter that ended it comes. */
export const isComposing = (press: KeyboardEvent): boolean =>
	press.isComposing || press.keyCode === 229;

function isWriting(target: EventTarget | null): boolean {
	const element = target as { closest?: (selector: string) => unknown } | null;
	return Boolean(element?.closest?.(WRITING));
}

/** Whether a key is meant for the vote: never while writing, behind a dialog, or for a browser shortcut. */
export function isForVote(press: KeyPress): boolean {
	if (press.defaultPrevented || press.repeat) return false;
	if (press.ctrlKey || press.metaKey || press.altKey) return false;
	return !isWriting(press.target) && !document.querySelector('dialog[open]');
}

/** The vote a key stands for, or null. */
export function voteForKey(press: KeyPress): Outcome | null {
	if (!isForVote(press)) return null;
	return KEYS[press.key.toLowerCase()] ?? null;
}
