/** Requests on providers and contenders, for who runs the arena: apart from client.ts, so that no other page carries them. */
import { createParser } from 'eventsource-parser';
import type {
	ContenderDetail,
	ContenderRequest,
	Contenders,
	Provider,
	ProviderRequest,
	Providers,
	State,
	TryEvent,
} from '$lib/catalogue/types';
import { change, csrfToken, get, post, ROOT, send } from './client';

const PROVIDERS = `${ROOT}/operator/providers`;
const CONTENDERS = `${ROOT}/operator/contenders`;
const provider = (slug: string, tail = '') => `${PROVIDERS}/${encodeURIComponent(slug)}${tail}`;
const contender = (slug: string, tail = '') => `${CONTENDERS}/${encodeURIComponent(slug)}${tail}`;

async function changed<T>(
	method: 'PUT' | 'PATCH' | 'DELETE',
	path: string,
	body?: unknown,
): Promise<T> {
	return (await (await change(method, path, body)).json()) as T;
}

export const catalogue = {
	providers: () => get<Providers>(PROVIDERS),
	addProvider: (body: ProviderRequest, key: string) => post<Provider>(PROVIDERS, body, key),
	changeProvider: (slug: string, body: Partial<ProviderRequest> & { enabled?: boolean }) =>
		changed<Provider>('PATCH', provider(slug), body),
	setKey: (slug: string, key: string) => changed<Provider>('PUT', provider(slug, '/key'), { key }),
	removeKey: (slug: string) => changed<Provider>('DELETE', provider(slug, '/key')),
	contenders: (hours: number) => get<Contenders>(`${CONTENDERS}?hours=${hours}`),
	contender: (slug: string, hours: number) =>
		get<ContenderDetail>(`${contender(slug)}?hours=${hours}`),
	addContender: (body: ContenderRequest, key: string) =>
		post<ContenderDetail>(CONTENDERS, body, key),
	changeContender: (slug: string, body: Partial<ContenderRequest>) =>
		changed<ContenderDetail>('PATCH', contender(slug), body),
	move: (slug: string, state: State, reason: string, key: string) =>
		post<ContenderDetail>(contender(slug, '/state'), { state, reason }, key),
	pause: (slug: string, reason: string, key: string) =>
		post<ContenderDetail>(contender(slug, '/pause'), { reason }, key),
	resume: (slug: string, reason: string, key: string) =>
		post<ContenderDetail>(contender(slug, '/resume'), { reason }, key),
	clear: (slug: string, reason: string, anew: boolean, key: string) =>
		post<ContenderDetail>(contender(slug, '/clear'), { reason, anew }, key),
	canary: (slug: string) => post<ContenderDetail>(contender(slug, '/canary'), {}),
};

/** Has a contender answer for the operator alone; resolves when it has ended, or the signal ends it. */
export async function tryContender(
	slug: string,
	prompt: string,
	onEvent: (event: TryEvent) => void,
	signal: AbortSignal,
): Promise<void> {
	const response = await send(contender(slug, '/try'), {
		method: 'POST',
		headers: {
			Accept: 'text/event-stream',
			'Content-Type': 'application/json',
			'X-CSRFToken': csrfToken(),
		},
		body: JSON.stringify({ prompt }),
		cache: 'no-store',
		signal,
	});
	if (!response.body) return;
	const parser = createParser({
		onEvent: ({ event, data }) => {
			const told = JSON.parse(data) as Record<string, never>;
			if (event === 'delta') onEvent({ type: 'delta', part: told.type, text: told.text });
			else if (event === 'end') onEvent({ ...(told as object), type: 'end' } as TryEvent);
		},
	});
	const reader = response.body
		.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
		.getReader();
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return;
		parser.feed(value);
	}
}
