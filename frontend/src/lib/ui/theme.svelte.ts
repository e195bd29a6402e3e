export type Theme = 'auto' | 'light' | 'dark';
const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];
const KEY = 'evenhand.theme';

function stored(): Theme {
	const value = document.documentElement.dataset.theme;
	return value === 'light' || value === 'dark' ? value : 'auto';
}

class ThemeChoice {
	current: Theme = $state(stored());

	next(): void {
		const index = THEMES.indexOf(this.current);
		this.set(THEMES[(index + 1) % THEMES.length] ?? 'auto');
	}

	set(theme: Theme): void {
		this.current = theme;
		const root = document.documentElement;
		if (theme === 'auto') delete root.dataset.theme;
		else root.dataset.theme = theme;
		// Storage may be forbidden: the choice then lasts as long as the page.
		try {
			if (theme === 'auto') localStorage.removeItem(KEY);
			else localStorage.setItem(KEY, theme);
		} catch {
			return;
		}
	}
}

export const theme = new ThemeChoice();
