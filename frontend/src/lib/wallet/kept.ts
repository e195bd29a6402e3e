/** A transaction that was sent and not yet seen in a block: followed again when the page is opened anew. */
export interface KeptSent {
	kind: 'claim' | 'redeem';
	hash: string;
	account: string;
	chain: number;
	at: number;
}

const KEY = 'evenhand.sent';

// Storage may be full or forbidden: the transaction is then followed as long as the page is open.
export function keepSent(sent: KeptSent): void {
	try {
		localStorage.setItem(KEY, JSON.stringify(sent));
	} catch {
		return;
	}
}

export function keptSent(account: string, chain: number): KeptSent | null {
	try {
		const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null') as KeptSent | null;
		const ours = kept?.account.toLowerCase() === account.toLowerCase() && kept.chain === chain;
		return ours ? kept : null;
	} catch {
		return null;
	}
}

export function forgetSent(): void {
	try {
		localStorage.removeItem(KEY);
	} catch {
		return;
	}
}
