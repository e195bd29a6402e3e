import type { components } from '$lib/api/schema';

type Schemas = components['schemas'];

export type OrganisationSummary = Schemas['OrganisationSummary'];
export type Organisation = Schemas['Organisation'];
export type OrganisationRequest = Schemas['OrganisationRequest'];
export type Member = Schemas['Member'];
export type Role = Schemas['OrganisationRole'];
export type Invitation = Schemas['Invitation'];
export type Scope = Schemas['KeyScope'];
export type Key = Schemas['Key'];
export type NewKey = Schemas['NewKey'];
export type KeyRequest = Schemas['ApiKeyRequest'];
