/** Requests on organisations: apart from client.ts, so that no other page carries them. */
import type {
	Invitation,
	Key,
	KeyRequest,
	Member,
	NewKey,
	Organisation,
	OrganisationRequest,
	OrganisationSummary,
	Role,
} from '$lib/vendor/types';
import { change, get, post, ROOT } from './client';

const of = (slug: string, tail = '') => `${ROOT}/organisations/${encodeURIComponent(slug)}${tail}`;

export const vendors = {
	mine: async () =>
		(await get<{ results: OrganisationSummary[] }>(`${ROOT}/organisations`)).results,
	found: (body: OrganisationRequest, key: string) =>
		post<Organisation>(`${ROOT}/organisations`, body, key),
	join: (invitation: string) => post<Organisation>(`${ROOT}/memberships`, { invitation }),
	look: (slug: string) => get<Organisation>(of(slug)),
	members: async (slug: string) => (await get<{ results: Member[] }>(of(slug, '/members'))).results,
	setRole: async (slug: string, id: string, role: Role) =>
		void (await change('PUT', of(slug, `/members/${id}`), { role })),
	dismiss: async (slug: string, id: string) =>
		void (await change('DELETE', of(slug, `/members/${id}`))),
	invite: (slug: string, role: Role) => post<Invitation>(of(slug, '/invitations'), { role }),
	keys: async (slug: string) => (await get<{ results: Key[] }>(of(slug, '/keys'))).results,
	makeKey: (slug: string, body: KeyRequest) => post<NewKey>(of(slug, '/keys'), body),
	revoke: async (slug: string, id: string) =>
		void (await change('DELETE', of(slug, `/keys/${id}`))),
};
