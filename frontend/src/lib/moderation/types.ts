import type { components } from '$lib/api/schema';
import type { Page } from '$lib/api/types';

type Schemas = components['schemas'];

export type Flag = Schemas['Flag'];
export type Queued = Schemas['Queued'];
export type Tried = Schemas['Tried'];
export type Category = Schemas['Category'];
export type Action = Category['prompt'];
export type Decision = NonNullable<Queued['decision']>;
export type RulesRequest = Schemas['RulesRequest'];
export type Flags = Page<Flag>;
export type Queue = Page<Queued>;

/** The schema leaves open what stands in `can`. */
export type Moderation = Omit<Schemas['Moderation'], 'can'> & {
	can: Record<'change' | 'findings' | 'reports' | 'decide', boolean>;
};
