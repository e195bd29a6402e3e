// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { voteForKey, type KeyPress } from '../src/lib/battle/keys';

const press = (key: string, changes: Partial<KeyPress> = {}) =>
	voteForKey({
		key,
		ctrlKey: false,
		metaKey: false,
		altKey: false,
		repeat: false,
		defaultPrevented: false,
		target: document.body,
		...changes,
	});

describe('vote keys', () => {
	it.each([
		['1', 'a'],
		['a', 'a'],
		['A', 'a'],
		['2', 'tie'],
		['t', 'tie'],
		['3', 'b'],
		['B', 'b'],
		['4', 'both_bad'],
		['n', 'both_bad'],
		['s', 'skip'],
		['5', null],
		['Enter', null],
	])('%s means %s', (key, outcome) => expect(press(key)).toBe(outcome));

	it.each(['input', 'textarea', 'select'])('are letters inside %s', (tag) => {
		expect(press('a', { target: document.createElement(tag) })).toBeNull();
	});

	it('are letters inside editable text, also in its children', () => {
		const field = document.createElement('div');
		field.setAttribute('contenteditable', 'true');
		const inner = field.appendChild(document.createElement('b'));
		expect(press('a', { target: inner })).toBeNull();
	});

	it('rest behind a dialog', () => {
		const dialog = document.body.appendChild(document.createElement('dialog'));
		dialog.setAttribute('open', '');
		expect(press('a')).toBeNull();
		dialog.remove();
		expect(press('a')).toBe('a');
	});

	it('leave the shortcuts of the browser alone', () => {
		expect(press('a', { ctrlKey: true })).toBeNull();
		expect(press('1', { metaKey: true })).toBeNull();
		expect(press('3', { altKey: true })).toBeNull();
	});

	it('do not repeat while held, and yield to whoever took the key', () => {
		expect(press('1', { repeat: true })).toBeNull();
		expect(press('1', { defaultPrevented: true })).toBeNull();
	});
});
