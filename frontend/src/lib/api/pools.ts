/** Requests of those who look after prompt pools: apart from client.ts, so that no other page carries them. */
import type {
	Imported,
	ImportChoice,
	NewPool,
	Pool,
	PoolDetail,
	PoolEdit,
	PoolList,
	PoolPrompt,
	PoolVersion,
	Prompt,
	PromptChanged,
} from '$lib/pools/types';
import { change, csrfToken, get, post, ROOT, samePath, send } from './client';
import type { Page } from './types';

const ROOM = `${ROOT}/operator/pools`;
const pool = (slug: string, tail = '') => `${ROOM}/${encodeURIComponent(slug)}${tail}`;

/** A file is sent as it is; the ticket of the address lets it be larger than other bodies. */
async function sendFile(url: string, file: File, query: Record<string, string>): Promise<Imported> {
	const words = new URLSearchParams({ ...query, name: file.name.slice(0, 120) });
	const response = await send(`${samePath(url)}&${words.toString()}`, {
		method: 'POST',
		headers: {
			Accept: 'application/json',
			'Content-Type': 'application/octet-stream',
			'X-CSRFToken': csrfToken(),
		},
		body: file,
	});
	return (await response.json()) as Imported;
}

export const pools = {
	list: () => get<PoolList>(ROOM),
	create: (body: NewPool, key: string) => post<Pool>(ROOM, body, key),
	look: (slug: string) => get<PoolDetail>(pool(slug)),
	edit: async (slug: string, body: PoolEdit) =>
		(await (await change('PATCH', pool(slug), body)).json()) as PoolDetail,
	prompts: (slug: string, search: string, cursor?: string) =>
		get<Page<PoolPrompt>>(
			cursor ? samePath(cursor) : pool(slug, `/prompts?q=${encodeURIComponent(search)}`),
		),
	setPrompt: async (slug: string, prompt: Prompt) =>
		(await (await change('PUT', pool(slug, '/prompts'), prompt)).json()) as PromptChanged,
	putAway: async (uuid: string) =>
		(await (await change('DELETE', `${ROOT}/operator/prompts/${uuid}`)).json()) as PromptChanged,
	versions: (slug: string, cursor?: string) =>
		get<Page<PoolVersion>>(cursor ? samePath(cursor) : pool(slug, '/versions')),
	exported: (slug: string, kind: string, version?: number) =>
		pool(slug, `/export/${kind}${version ? `?version=${version}` : ''}`),
	preview: (url: string, file: File, { kind, mode, leaveOut }: ImportChoice) =>
		sendFile(url, file, { kind, mode, leave_out: leaveOut, preview: 'true' }),
	import: (url: string, file: File, { kind, mode, leaveOut }: ImportChoice, after: number) =>
		sendFile(url, file, { kind, mode, leave_out: leaveOut, after: String(after) }),
};
