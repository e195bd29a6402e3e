// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { nextFrom, signInFor } from '../src/lib/ui/next';
import { invitationIn } from '../src/lib/vendor/invited';

const next = (path: string) => nextFrom(new URLSearchParams({ next: path }));

describe('where signing in leads', () => {
	it.each(['/vendor', '/vendor/report/amber-7?o=amber#top', '/'])('is %s when asked', (path) => {
		expect(nextFrom(new URL(signInFor(path), location.origin).searchParams)).toBe(path);
	});

	it.each([
		'https://evil.example/',
		'//evil.example/x',
		'/\\evil.example',
		'/\t/evil.example',
		'/..//evil.example',
		'\t//evil.example',
		'javascript:alert(1)',
		'vendor',
		'',
	])('is never %j', (path) => {
		expect(next(path)).toBeNull();
	});
});

describe('an invitation', () => {
	it('is what stands behind the hash, and nothing else', () => {
		expect(invitationIn('#join=abc234')).toBe('abc234');
		for (const hash of ['', '#join=', '#join=<b>', '#other=abc', '#join=abc&x=1'])
			expect(invitationIn(hash)).toBe('');
	});
});
