/** Requests on webhooks, submissions and reports: apart from client.ts, so that no other page carries them. */
import type { Hook, HookChange, HookRequest, Message, NewHook, Whole } from '$lib/hooks/types';
import type { Report } from '$lib/report/types';
import type {
	Queue,
	Submission,
	SubmissionChange,
	SubmissionRequest,
	Terms,
} from '$lib/submissions/types';
import { change, get, post, ROOT, samePath } from './client';
import type { Page } from './types';

const of = (slug: string, tail: string) =>
	`${ROOT}/organisations/${encodeURIComponent(slug)}${tail}`;
const STAFF = `${ROOT}/operator/submissions`;

export const hooks = {
	all: async (slug: string) => (await get<{ results: Hook[] }>(of(slug, '/webhooks'))).results,
	add: (slug: string, body: HookRequest) => post<NewHook>(of(slug, '/webhooks'), body),
	change: async (slug: string, id: string, body: HookChange) =>
		(await (await change('PATCH', of(slug, `/webhooks/${id}`), body)).json()) as Hook,
	remove: async (slug: string, id: string) =>
		void (await change('DELETE', of(slug, `/webhooks/${id}`))),
	renew: (slug: string, id: string) =>
		post<{ secret: string; former_until: string }>(of(slug, `/webhooks/${id}/secret`), {}),
	test: (slug: string, id: string, key: string) =>
		post<Message>(of(slug, `/webhooks/${id}/test`), {}, key),
	messages: (slug: string, id: string, cursor?: string) =>
		get<Page<Message>>(cursor ? samePath(cursor) : of(slug, `/webhooks/${id}/messages`)),
	message: (slug: string, id: string, message: string) =>
		get<Whole>(of(slug, `/webhooks/${id}/messages/${message}`)),
	replay: (slug: string, id: string, message: string, key: string) =>
		post<{ messages: number }>(of(slug, `/webhooks/${id}/messages/${message}/replay`), {}, key),
	replayDead: (slug: string, id: string, since: string, key: string) =>
		post<{ messages: number }>(of(slug, `/webhooks/${id}/replay`), { since }, key),
};

export const submissions = {
	terms: () => get<Terms>(`${ROOT}/submission-terms`),
	all: (slug: string, cursor?: string) =>
		get<Page<Submission>>(cursor ? samePath(cursor) : of(slug, '/submissions')),
	submit: (slug: string, body: SubmissionRequest, key: string) =>
		post<Submission>(of(slug, '/submissions'), body, key),
	amend: async (slug: string, id: string, body: SubmissionChange) =>
		(await (await change('PATCH', of(slug, `/submissions/${id}`), body)).json()) as Submission,
	withdraw: (slug: string, id: string) =>
		post<Submission>(of(slug, `/submissions/${id}/withdrawal`), {}),
	queue: (state: string, cursor?: string) =>
		get<Queue>(cursor ? samePath(cursor) : state ? `${STAFF}?state=${state}` : STAFF),
	accept: (seen: Submission, slug: string, reason: string, key: string) =>
		post<Submission>(
			`${STAFF}/${seen.id}/acceptance`,
			{ slug, reason, asked_at: seen.asked_at },
			key,
		),
	decline: (id: string, reason: string, key: string) =>
		post<Submission>(`${STAFF}/${id}/refusal`, { reason }, key),
};

export const reports = {
	look: (organisation: string, contender: string, days: number) =>
		get<Report>(
			of(organisation, `/contenders/${encodeURIComponent(contender)}/report?days=${days}`),
		),
};
