import type { ProblemJson } from './types';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 16_000;
/** Answers about who asks: the same person later, or another one, may be given another. */
const OF_THE_PERSON = [401, 403, 404];

export function backoff(failures: number): number {
	return Math.min(FIRST_WAIT_MS * 2 ** Math.max(0, failures - 1), LONGEST_WAIT_MS);
}

/** Codes the page acts on; any other code is only shown. */
export type ProblemCode =
	| 'invalid-input'
	| 'not-found'
	| 'csrf-failed'
	| 'consent-required'
	| 'consent-outdated'
	| 'no-contenders'
	| 'busy'
	| 'throttled'
	| 'already-voted'
	| 'stale-attempt'
	| 'still-streaming'
	| 'ticket-invalid'
	| 'ticket-expired'
	| 'offline'
	| 'unreadable';

/** Everything that can go wrong with a request, as one error: the server's problem JSON or our own. */
export class ApiProblem extends Error {
	readonly code: ProblemCode | (string & {});
	readonly status: number;
	readonly detail: string;
	readonly fields: readonly { field: string; message: string }[];
	readonly retryAfter: number | null;

	constructor(json: ProblemJson) {
		super(json.detail || json.title);
		this.name = 'ApiProblem';
		this.code = json.type.replace(/^.*\/problems\//, '');
		this.status = json.status;
		this.detail = json.detail || json.title;
		// With any other status a field is not what is wrong: it only says what the sentence is about.
		this.fields = json.status === 400 ? (json.errors ?? []) : [];
		this.retryAfter = json.retry_after ?? null;
	}

	/** Whether the same request may well succeed later, unchanged. */
	get passing(): boolean {
		return this.status === 0 || this.status === 429 || this.status >= 500;
	}

	/** Whether what was asked is refused itself, whoever asks and whenever. */
	get final(): boolean {
		return !this.passing && !OF_THE_PERSON.includes(this.status);
	}

	/** How long to wait before the same is asked again, after so many failures. */
	wait(failures: number): number {
		return this.retryAfter ? this.retryAfter * 1000 : backoff(failures);
	}
}

export function offline(): ApiProblem {
	return new ApiProblem({
		type: '/problems/offline',
		title: 'No connection',
		status: 0,
		detail: 'The server could not be reached.',
	});
}

function isProblem(value: unknown): value is ProblemJson {
	return typeof value === 'object' && value !== null && 'type' in value && 'status' in value;
}

/** A proxy may answer with HTML: that becomes a problem too, never a crash. */
export async function problemFrom(response: Response): Promise<ApiProblem> {
	const header = Number(response.headers.get('Retry-After'));
	const retry = Number.isFinite(header) && header > 0 ? { retry_after: header } : {};
	const body: unknown = await response.json().catch(() => null);
	if (isProblem(body)) return new ApiProblem({ ...retry, ...body, status: response.status });
	return new ApiProblem({
		type: '/problems/unreadable',
		title: 'Unexpected reply',
		status: response.status,
		detail: `The server answered with status ${response.status} and no explanation.`,
		...retry,
	});
}
