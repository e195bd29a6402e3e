import { ApiProblem, offline, problemFrom } from './problem';
import type {
	Analysis,
	ArchivedBoard,
	Arena,
	Ballot,
	Battle,
	Board,
	BoardHistory,
	BoardSummary,
	Challenge,
	ConsentRequest,
	Drawn,
	HistoryLine,
	Me,
	Page,
	Reported,
	ReportRequest,
	Shared,
	ShareLink,
	Side,
	Statement,
	Suggestion,
	TermsText,
} from './types';

export const ROOT = '/api/v1';

/** A fresh key for one intention of a person. `crypto.randomUUID` is missing on plain-HTTP hosts. */
export function newKey(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
	bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
	const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export function csrfToken(): string {
	const match = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie);
	return match?.[1] ? decodeURIComponent(match[1]) : '';
}

/** The only fetch of the app. Resolves with any reply. */
export async function reach(path: string, init: RequestInit = {}): Promise<Response> {
	try {
		return await fetch(path, { credentials: 'same-origin', ...init });
	} catch (error) {
		if (init.signal?.aborted) throw error;
		throw offline();
	}
}

/** Resolves with any reply that is not an error. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
	const response = await reach(path, init);
	if (!response.ok) throw await problemFrom(response);
	return response;
}

export async function get<T>(path: string): Promise<T> {
	const response = await send(path, { headers: { Accept: 'application/json' } });
	return (await response.json()) as T;
}

function postOnce(path: string, body: unknown, key: string, proof = ''): Promise<Response> {
	return send(path, {
		method: 'POST',
		headers: {
			Accept: 'application/json',
			'Content-Type': 'application/json',
			'X-CSRFToken': csrfToken(),
			'Idempotency-Key': key,
			...(proof && { 'X-Altcha': proof }),
		},
		body: JSON.stringify(body),
	});
}

/** What a refusal asks for before the same request may be sent once more; anything else is thrown on. */
async function makeGood(error: unknown): Promise<string> {
	const code = error instanceof ApiProblem ? error.code : '';
	if (code === 'proof-of-work-required') {
		const { prove } = await import('./proof');
		return prove(await get<Challenge>(`${ROOT}/challenge`));
	}
	if (code !== 'csrf-failed') throw error;
	// A session that changed in another tab has a new token; the key makes asking twice harmless.
	await get<Me>(`${ROOT}/me`);
	return '';
}

export async function post<T>(path: string, body: unknown, key = newKey()): Promise<T> {
	if (!csrfToken()) await get<Me>(`${ROOT}/me`);
	let proof = '';
	// Each of the two can be asked for once.
	for (let left = 2; left > 0; left--) {
		try {
			return (await (await postOnce(path, body, key, proof)).json()) as T;
		} catch (error) {
			if (proof && error instanceof ApiProblem && error.code !== 'csrf-failed') throw error;
			proof = (await makeGood(error)) || proof;
		}
	}
	return (await (await postOnce(path, body, key, proof)).json()) as T;
}

/** Writes that are the same however often they are sent, and so need no key. */
export async function change(
	method: 'PUT' | 'PATCH' | 'DELETE',
	path: string,
	body: unknown = {},
): Promise<Response> {
	if (!csrfToken()) await get<Me>(`${ROOT}/me`);
	return send(path, {
		method,
		headers: {
			Accept: 'application/json',
			'Content-Type': 'application/json',
			'X-CSRFToken': csrfToken(),
		},
		body: JSON.stringify(body),
	});
}

/** `next` may be absolute; only its path and query are used, so that no other host is ever asked. */
export function samePath(url: string): string {
	const parsed = new URL(url, location.origin);
	return parsed.pathname + parsed.search;
}

const board = (slug: string, tail = '') => `${ROOT}/boards/${encodeURIComponent(slug)}${tail}`;
const battle = (id: string, tail = '') => `${ROOT}/battles/${encodeURIComponent(id)}${tail}`;

const forCohort = (word: string) => (word ? `&cohort=${encodeURIComponent(word)}` : '');

export type NewBattle = { prompt: string } | { prompt_id: string };

export const api = {
	arena: () => get<Arena>(`${ROOT}/arena`),
	terms: () => get<TermsText>(`${ROOT}/terms`),
	suggestions: (n: number, language: string, cohort: string) =>
		get<{ results: Suggestion[] }>(
			`${ROOT}/prompts/suggestions?n=${n}&language=${encodeURIComponent(language)}${forCohort(cohort)}`,
		),
	drawPrompt: (language: string, cohort: string) =>
		get<Drawn>(`${ROOT}/prompts/draw?language=${encodeURIComponent(language)}${forCohort(cohort)}`),
	me: () => get<Me>(`${ROOT}/me`),
	consent: (body: ConsentRequest) => post<Me>(`${ROOT}/me/consent`, body),
	openBattle: (body: NewBattle, key: string) => post<Battle>(`${ROOT}/battles`, body, key),
	battle: (id: string) => get<Battle>(battle(id)),
	addTurn: (id: string, prompt: string, key: string) =>
		post<Battle>(battle(id, '/turns'), { prompt }, key),
	askAgain: (id: string, key: string) => post<Battle>(battle(id, '/attempts'), {}, key),
	stop: (id: string, side?: Side) => post<Battle>(battle(id, '/stop'), side ? { side } : {}),
	vote: (id: string, ballot: Ballot, key: string) => post<Battle>(battle(id, '/vote'), ballot, key),
	deleteBattle: async (id: string) => void (await change('DELETE', battle(id))),
	report: (id: string, body: ReportRequest) => post<Reported>(battle(id, '/reports'), body),
	share: (id: string, index: boolean) => post<ShareLink>(battle(id, '/share'), { index }),
	unshare: async (id: string) => void (await change('DELETE', battle(id, '/share'))),
	shared: (token: string) => get<Shared>(`${ROOT}/shared/${encodeURIComponent(token)}`),
	publish: async (publish: boolean) =>
		(await (await change('PUT', `${ROOT}/me/publish`, { publish })).json()) as Me,
	deleteMe: async (password: string) => void (await change('DELETE', `${ROOT}/me`, { password })),
	boards: () => get<{ results: BoardSummary[] }>(`${ROOT}/boards`),
	board: (slug: string) => get<Board>(board(slug)),
	analysis: (slug: string) => get<Analysis>(board(slug, '/analysis')),
	boardHistory: (slug: string) => get<BoardHistory>(board(slug, '/history')),
	boardAt: (slug: string, seq: number) => get<ArchivedBoard>(board(slug, `/history/${seq}`)),
	points: (cursor?: string) => get<Statement>(cursor ? samePath(cursor) : `${ROOT}/me/points`),
	history: (cursor?: string) =>
		get<Page<HistoryLine>>(cursor ? samePath(cursor) : `${ROOT}/me/battles`),
};
