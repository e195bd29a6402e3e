import { readFileSync } from 'node:fs';

/**
 * Things a contender might write, or be made to write, to get into the reader's page or to freeze
 * it: the same texts that the browser's tests stream. A text is a string, or pieces and how often.
 */
type Text = string | [string, number][];

// Read as text: the bundler's own reader of JSON refuses lone surrogates.
const file = readFileSync('../fixtures/hostile/answers.json', 'utf8');
const groups = JSON.parse(file) as Record<string, Text[]>;

const whole = (text: Text) =>
	typeof text === 'string' ? text : text.map(([part, times]) => part.repeat(times)).join('');

const texts = Object.entries(groups).map(([name, group]) => [name, group.map(whole)] as const);

/** What wants to run, load, lead away or pretend. */
export const HOSTILE: readonly string[] = texts
	.flatMap(([, group]) => (group.length > 1 ? group : []))
	// Neither survives the server, which stores text.
	.map((text) => text.replace(/\0/g, '\uFFFD').toWellFormed());

/** What wants to use up the reader's time or memory, by name; at the length an answer may have. */
export const BOMBS: readonly (readonly [string, string])[] = texts
	.filter(([name, group]) => group.length === 1 && name !== 'harmless')
	.map(([name, group]) => [name, (group[0] ?? '').slice(0, 100_000)]);
