const PREFIX = 'evenhand.draft.';
const name = (of: string) => PREFIX + of;

// Storage may be full or forbidden: a draft then lives as long as its page does.

/** What was written for a place and not sent yet, in this tab: a reload or a look at the terms loses no word. */
export function draft(of: string): string {
	try {
		return sessionStorage.getItem(name(of)) ?? '';
	} catch {
		return '';
	}
}

export function keepDraft(of: string, text: string | null): void {
	try {
		if (text) sessionStorage.setItem(name(of), text);
		else sessionStorage.removeItem(name(of));
	} catch {
		return;
	}
}

export function forgetDrafts(): void {
	try {
		const names = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
		for (const key of names) sessionStorage.removeItem(key);
	} catch {
		return;
	}
}
