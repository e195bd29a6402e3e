/** All that the page shows is named by its address, so that a link or the back button brings it back. */
import { isSortKey, type Sort } from './rows';

export const VIEWS = ['live', 'settled', 'cross', 'style'] as const;
export type View = (typeof VIEWS)[number];

export interface Address {
	slug: string;
	view: View;
	/** The log number of an archived board; null for now. */
	at: number | null;
	sort: Sort;
	/** The contender whose row is open. */
	open: string | null;
}

export const BY_RANK: Sort = { key: 'rank', descending: false };

function sortFrom(text: string | null): Sort {
	const descending = text?.startsWith('-') ?? false;
	const key = descending ? text?.slice(1) : text;
	return isSortKey(key) ? { key, descending } : BY_RANK;
}

/** Whatever cannot be read is left at its default: an old or mistyped link still shows a board. */
export function addressFrom(slug: string, query: URLSearchParams): Address {
	const view = query.get('view');
	const at = query.get('at');
	return {
		slug,
		view: VIEWS.find((known) => known === view) ?? 'live',
		at: at !== null && /^\d{1,15}$/.test(at) ? Number(at) : null,
		sort: sortFrom(query.get('sort')),
		open: query.get('open') || null,
	};
}

/** Defaults are left out, so that the plain board has the plain address. */
export function hrefOf({ slug, view, at, sort, open }: Address): string {
	const query = new URLSearchParams();
	if (view !== 'live') query.set('view', view);
	if (at !== null) query.set('at', String(at));
	if (sort.key !== 'rank' || sort.descending)
		query.set('sort', `${sort.descending ? '-' : ''}${sort.key}`);
	if (open) query.set('open', open);
	const tail = query.toString();
	return `/leaderboard/${encodeURIComponent(slug)}${tail ? `?${tail}` : ''}`;
}
