import type { components } from '$lib/api/schema';

type Schemas = components['schemas'];

export type EpochLine = Schemas['Epoch'];
export type Epoch = Schemas['EpochDetail'];
export type Epochs = Schemas['EpochPage'];
export type DeployedContract = Schemas['Deployed'];
export type Treasury = Schemas['Treasury'];
