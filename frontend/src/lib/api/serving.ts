/** Requests on how pools are served: apart from client.ts, so that no other page carries them. */
import type { Changes, PoolReport, Serving } from '$lib/serving/types';
import { change, get, ROOT } from './client';

const pool = (slug: string, tail: string) =>
	`${ROOT}/operator/pools/${encodeURIComponent(slug)}/${tail}`;

export const serving = {
	look: (slug: string) => get<Serving>(pool(slug, 'serving')),
	change: async (slug: string, changes: Changes) =>
		(await (await change('PATCH', pool(slug, 'serving'), changes)).json()) as Serving,
	report: (slug: string) => get<PoolReport>(pool(slug, 'report')),
};
