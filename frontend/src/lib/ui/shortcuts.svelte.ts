const KEY = 'evenhand.keys';

function stored(): boolean {
	try {
		return localStorage.getItem(KEY) !== 'off';
	} catch {
		return true;
	}
}

/** Whether single letters and digits act: whoever dictates, or touches keys by accident, can turn them off (WCAG 2.1.4). */
class Shortcuts {
	on = $state(stored());
	/** Whether a key was pressed here that may act: what can only be touched needs no switch for them. */
	used = $state(false);

	toggle(): void {
		this.on = !this.on;
		// Storage may be forbidden: the choice then lasts as long as the page.
		try {
			if (this.on) localStorage.removeItem(KEY);
			else localStorage.setItem(KEY, 'off');
		} catch {
			return;
		}
	}
}

export const shortcuts = new Shortcuts();
