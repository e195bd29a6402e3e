import type { components } from '$lib/api/schema';

type Schemas = components['schemas'];

export type Report = Schemas['ContenderReport'];
export type Tally = Schemas['ReportTally'];
export type Example = Schemas['ReportExample'];
