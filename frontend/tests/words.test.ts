import { describe, expect, it } from 'vitest';
import { ApiProblem } from '../src/lib/api/problem';
import { explain } from '../src/lib/ui/words';

const problem = (code: string, status: number, more: object = {}) =>
	new ApiProblem({ type: `/problems/${code}`, title: 'T', status, detail: 'D.', ...more });
const waiting = (retry_after: number) => explain(problem('unreadable', 503, { retry_after }));

describe('a problem in words', () => {
	it('tells a wait once: the sentences of the server do so themselves', () => {
		const detail = 'That is more than this arena takes at a time. Try again in 59 minutes.';
		const throttled = problem('throttled', 429, { detail, retry_after: 3540 });
		expect(explain(throttled)).toBe(detail);
		expect(explain(problem('no-contenders', 503, { retry_after: 30 }))).toBe(
			'There are not two contenders ready just now. Your prompt is kept. Try again in 30 seconds.',
		);
	});

	it.each([
		[1, '1 second'],
		[120, '120 seconds'],
		[121, '3 minutes'],
		[3540, '59 minutes'],
		[7200, '120 minutes'],
		[7201, '3 hours'],
		[43_211, '13 hours'],
	])('tells a wait of %i s as %s', (wait, told) => {
		expect(waiting(wait)).toBe(
			`The server answered with status 503 and no explanation. Try again in ${told}.`,
		);
	});

	it('names each field that is wrong, and only what is wrong with the request', () => {
		const errors = [
			{ field: 'reason', message: 'Too long.' },
			{ field: 'body', message: 'Not an object.' },
		];
		expect(explain(problem('invalid-input', 400, { errors }))).toBe(
			'reason: Too long. Not an object.',
		);
		expect(explain(problem('content-blocked', 422, { errors }))).toBe('D.');
	});
});
