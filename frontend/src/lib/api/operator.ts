/** Requests of those who run the arena: apart from client.ts, so that no other page carries them. */
import { change, get, post, ROOT, samePath } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type StaffMe = Schemas['StaffMe'];
export type Staff = Schemas['Staff'];
export type Role = Staff['roles'][number];
export type People = Schemas['People'];
export type Invitation = Schemas['StaffInvitation'];
export type NewInvitation = Schemas['NewStaffInvitation'];
export type Health = Schemas['Health'];
export type Trouble = Health['troubles'][number];
export type Jobs = Schemas['Jobs'];
export type JobStatus = Jobs['jobs'][number]['status'];
export type Rewards = Schemas['Rewards'];
export type RewardFigures = Schemas['RewardsRequest'];
export type DryRun = Schemas['DryRun'];
export type Pairing = Schemas['OperatorPairing'];
export type PairingFigures = Schemas['PairingRequest'];
export type Trail = Schemas['Trail'];
export type TrailEntry = Schemas['TrailEntry'];

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
	health: (hours: number) => get<Health>(`${OPERATOR}/health?hours=${hours}`),
	jobs: (status: JobStatus, task: string) =>
		get<Jobs>(`${OPERATOR}/jobs?status=${status}&task=${encodeURIComponent(task)}`),
	retry: (job: number) => post<{ status: JobStatus }>(`${OPERATOR}/jobs/${job}/retry`, {}),
	rewards: () => get<Rewards>(`${OPERATOR}/rewards`),
	tryRewards: (figures: RewardFigures) => post<DryRun>(`${OPERATOR}/rewards/dry-run`, figures),
	setRewards: (figures: RewardFigures, reason: string, key: string) =>
		post<Rewards>(`${OPERATOR}/rewards`, { ...figures, reason }, key),
	pairing: () => get<Pairing>(`${OPERATOR}/pairing`),
	setPairing: (figures: PairingFigures, key: string) =>
		post<Pairing>(`${OPERATOR}/pairing`, figures, key),
	trail: (kind: string, cursor?: string) =>
		get<Trail>(
			cursor
				? samePath(cursor)
				: `${OPERATOR}/audit${kind ? `?kind=${encodeURIComponent(kind)}` : ''}`,
		),
	accept: (token: string, key: string) =>
		post<StaffMe>(`${OPERATOR}/invitations/acceptance`, { token }, key),
};
