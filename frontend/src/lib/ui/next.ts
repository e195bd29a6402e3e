/** Where somebody goes on after signing in: named by the address of the account's page. */

/** The way to sign in, and back to this path of ours. */
export const signInFor = (path: string): string => `/account?next=${encodeURIComponent(path)}`;

/** The path that an address asks to go on to; null where it leads to another site, or nowhere. */
export function nextFrom(query: URLSearchParams): string | null {
	const next = query.get('next') ?? '';
	if (!next.startsWith('/') || !URL.canParse(next, location.origin)) return null;
	const url = new URL(next, location.origin);
	// `//elsewhere` and `/\elsewhere` are other sites to a browser, and what is left of `/..//elsewhere` is too.
	if (url.origin !== location.origin || url.pathname.startsWith('//')) return null;
	return url.pathname + url.search + url.hash;
}
