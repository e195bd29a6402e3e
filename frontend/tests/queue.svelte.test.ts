import { flushSync } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import Queue from '../src/lib/moderation/Queue.svelte';
import type { Queued } from '../src/lib/moderation/types';
import { refused, replies, scripted, show, settled } from './scripted';

const NOW = '2026-11-22T10:00:00Z';
const ondecided = vi.fn();
const at = (testid: string) => document.querySelector(`[data-testid="${testid}"]`) as HTMLElement;

function report(id: number, changes: Partial<Queued> = {}): Queued {
	return {
		id,
		at: NOW,
		reason: 'hateful',
		comment: '',
		others: 0,
		state: 'open',
		decision: '',
		closed_at: null,
		closed_by: null,
		note: '',
		side: 'a',
		prompt: 'Why?',
		text: `Answer ${id}`,
		reasoning: '',
		contender: null,
		withheld: false,
		...changes,
	} as Queued;
}

function press(key: string): void {
	const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
	(document.activeElement ?? document.body).dispatchEvent(event);
	flushSync();
}

/** As Enter on the button does. */
async function decide(id: number): Promise<void> {
	at(`dismissed-${id}`).focus();
	at(`dismissed-${id}`).click();
	await settled();
}

const closed = (id: number) =>
	report(id, { state: 'closed', decision: 'dismissed', closed_by: 'olga', closed_at: NOW });

scripted();
beforeEach(async () => {
	ondecided.mockClear();
	const results = [1, 2, 3].map((id) => report(id));
	replies['GET /operator/moderation/reports?state=open'] = [
		{ body: { results, next: null, previous: null } },
	];
	show(Queue, { canDecide: true, now: Date.parse(NOW), ondecided });
	await settled();
});

describe('the queue of reports', () => {
	it('goes on by keys from the report that was decided', async () => {
		replies['POST /operator/moderation/reports/2/decision'] = [{ body: closed(2) }];
		at('report-1').focus();
		press('j');
		await decide(2);
		expect(ondecided).toHaveBeenCalledOnce();
		expect(document.activeElement).toBe(at('report-2'));
		press('j');
		expect(document.activeElement).toBe(at('report-3'));
	});

	it('takes the focus from nobody who has gone on meanwhile', async () => {
		let give: (reply: Response) => void = () => undefined;
		replies['POST /operator/moderation/reports/1/decision'] = [
			new Promise((done) => (give = done)),
		];
		await decide(1);
		at('report-3').focus();
		give(new Response(JSON.stringify(closed(1))));
		await settled();
		expect(document.activeElement).toBe(at('report-3'));
	});

	it('says once what was decided, where a screen reader listens already', async () => {
		const status = at('report-1').querySelector('[role="status"]');
		expect(status?.textContent).toBe('');
		replies['POST /operator/moderation/reports/1/decision'] = [{ body: closed(1) }];
		await decide(1);
		expect(at('report-1').querySelectorAll('[role="status"]')).toHaveLength(1);
		expect(at('report-1').querySelector('[role="status"]')).toBe(status);
		expect(status?.textContent).toBe('Nothing is wrong');
	});

	it('keeps the focus where a decision failed', async () => {
		replies['POST /operator/moderation/reports/1/decision'] = [refused('busy', 503)];
		await decide(1);
		expect(document.activeElement).toBe(at('dismissed-1'));
	});
});
