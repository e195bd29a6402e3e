/**
 * The invitation that somebody came with. It stands behind the `#`, which no server is sent, and is kept by this tab until it is
 * accepted or found to be worth nothing, so that signing in does not lose it.
 */
const KEY = 'evenhand.invitation';
const LINK = /^#join=([a-z2-7]+)$/;

export const invitationIn = (hash: string): string => LINK.exec(hash)?.[1] ?? '';

// Storage may be full or forbidden: the invitation then lasts as long as the page.
export function keepInvitation(secret: string): void {
	try {
		sessionStorage.setItem(KEY, secret);
	} catch {
		return;
	}
}

export function keptInvitation(): string {
	try {
		return sessionStorage.getItem(KEY) ?? '';
	} catch {
		return '';
	}
}

export function forgetInvitation(): void {
	try {
		sessionStorage.removeItem(KEY);
	} catch {
		return;
	}
}
