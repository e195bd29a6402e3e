import { expect, it } from 'vitest';
import { Pace } from '../src/lib/markdown/pace';

it('rests in proportion to what the last drawing took, so that a slow answer leaves the page its time', () => {
	const pace = new Pace();
	expect(pace.wait(1000)).toBe(0);
	pace.drew(1000, 1100);
	expect(pace.wait(1100)).toBe(400);
	expect(pace.wait(1450)).toBe(50);
	expect(pace.wait(1500)).toBe(0);
	pace.drew(1500, 1501);
	expect(pace.wait(1505)).toBe(0);
});
