/** Requests of those who run the arena: apart from client.ts, so that no other page carries them. */
import { change, get, post, ROOT } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type StaffMe = Schemas['StaffMe'];
export type Staff = Schemas['Staff'];
export type Role = Staff['roles'][number];
export type People = Schemas['People'];
export type Invitation = Schemas['Invitation'];
export type NewInvitation = Schemas['NewInvitation'];

const OPERATOR = `${ROOT}/operator`;

export const operator = {
	me: () => get<StaffMe>(`${OPERATOR}/me`),
	people: () => get<People>(`${OPERATOR}/people`),
	setRoles: async (id: string, roles: readonly Role[]) =>
		(await (await change('PUT', `${OPERATOR}/people/${id}/roles`, { roles })).json()) as Staff,
	invite: (role: Role, hours: number) =>
		post<NewInvitation>(`${OPERATOR}/invitations`, { role, hours }),
	revoke: async (id: string) =>
		(await (await change('DELETE', `${OPERATOR}/invitations/${id}`)).json()) as Invitation,
	accept: (token: string, key: string) =>
		post<StaffMe>(`${OPERATOR}/invitations/acceptance`, { token }, key),
};
