/** Requests on moderation: apart from client.ts, so that no other page carries them. */
import type {
	Decision,
	Flags,
	Moderation,
	Queue,
	Queued,
	RulesRequest,
	Tried,
} from '$lib/moderation/types';
import { get, post, ROOT, samePath } from './client';

const AREA = `${ROOT}/operator/moderation`;

export const moderation = {
	look: () => get<Moderation>(AREA),
	change: (rules: RulesRequest, key: string) => post<Moderation>(`${AREA}/rules`, rules, key),
	try: (text: string, target: 'prompt' | 'answer') => post<Tried>(`${AREA}/try`, { text, target }),
	findings: (cursor?: string) => get<Flags>(cursor ? samePath(cursor) : `${AREA}/findings`),
	reports: (state: 'open' | 'closed', cursor?: string) =>
		get<Queue>(cursor ? samePath(cursor) : `${AREA}/reports?state=${state}`),
	decide: (report: number, decision: Decision, note: string, key: string) =>
		post<Queued>(`${AREA}/reports/${report}/decision`, { decision, note }, key),
};
