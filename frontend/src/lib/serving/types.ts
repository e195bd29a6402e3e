import type { components } from '$lib/api/schema';

type Schemas = components['schemas'];

export type Serving = Schemas['Serving'];
export type Changes = Schemas['PatchedServingRequest'];
export type PoolState = Serving['state'];
export type PoolReport = Schemas['PoolReport'];
