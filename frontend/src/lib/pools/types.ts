import type { components } from '$lib/api/schema';

type Schemas = components['schemas'];

export type Pool = Schemas['Pool'];
export type PoolList = Schemas['PoolList'];
export type PoolDetail = Schemas['PoolDetail'];
export type PoolEdit = Schemas['PatchedPoolEditRequest'];
export type NewPool = Schemas['NewPoolRequest'];
export type PoolVersion = Schemas['PoolVersion'];
export type PoolPrompt = Schemas['PoolPrompt'];
export type Prompt = Schemas['PromptRequest'];
export type PromptChanged = Schemas['PromptChanged'];
export type Imported = Schemas['Import'];

export type Kind = Imported['kind'];
export interface ImportChoice {
	kind: Kind;
	mode: 'add' | 'replace';
	leaveOut: 'none' | 'exact' | 'near';
}

export const KINDS: readonly { kind: Kind; name: string }[] = [
	{ kind: 'jsonl', name: 'JSONL' },
	{ kind: 'csv', name: 'CSV' },
	{ kind: 'parquet', name: 'Parquet' },
];

const ENDINGS: Record<string, Kind> = {
	jsonl: 'jsonl',
	ndjson: 'jsonl',
	csv: 'csv',
	tsv: 'csv',
	parquet: 'parquet',
};

/** The kind that a file's name ends in; null where it does not tell. */
export const kindOf = (name: string): Kind | null =>
	ENDINGS[name.toLowerCase().split('.').pop() ?? ''] ?? null;
