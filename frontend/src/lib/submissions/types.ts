import type { components } from '$lib/api/schema';

type Schemas = components['schemas'];

export type Submission = Schemas['Submission'];
export type SubmissionRequest = Schemas['SubmissionRequest'];
export type SubmissionChange = Schemas['PatchedSubmissionChangeRequest'];
export type Terms = Schemas['SubmissionTerms'];
export type Queue = Schemas['SubmissionQueue'];
export type Check = Schemas['SubmissionCheck'];
export type Finding = Schemas['SubmissionFinding'];
