/** Who used this browser last: lets the page be laid out before the server has said who is here. */
export interface Last {
	consented: boolean;
	registered: boolean;
}

const KEY = 'evenhand.last';
const NOBODY: Last = { consented: false, registered: false };

export function last(): Last {
	try {
		return { ...NOBODY, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Last>) };
	} catch {
		return NOBODY;
	}
}

// Storage may be full or forbidden: the next page then begins as for somebody new.
export function remember(seen: Last): void {
	try {
		localStorage.setItem(KEY, JSON.stringify(seen));
	} catch {
		return;
	}
}
