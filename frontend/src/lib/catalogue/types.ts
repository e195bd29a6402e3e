import type { components } from '$lib/api/schema';

type Schemas = components['schemas'];

export type Provider = Schemas['Provider'];
export type Providers = Schemas['Providers'];
export type Preset = Schemas['Preset'];
export type Contender = Schemas['OperatorContender'];
export type Contenders = Schemas['OperatorContenders'];
export type ContenderDetail = Schemas['ContenderDetail'];
export type State = Schemas['ContenderState'];
export type ProviderRequest = Schemas['ProviderRequest'];
export type ContenderRequest = Schemas['ContenderRequest'];

/** What an operator is told while a contender answers for them alone. */
export type TryEvent =
	| { type: 'delta'; part: 'text' | 'reasoning'; text: string }
	| {
			type: 'end';
			ok: boolean;
			error: string | null;
			detail: string;
			first_token_ms: number | null;
			whole_ms: number;
			output_tokens: number | null;
	  };
