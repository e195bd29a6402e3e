import type { Trouble } from '$lib/api/operator';
import { m } from '$lib/paraglide/messages.js';

const WORDS: Record<Trouble['code'], (subject: string) => string> = {
	alarms: (count) => m.console_trouble_alarms({ count }),
	projector_behind: (count) => m.console_trouble_projector({ count }),
	no_worker: () => m.console_trouble_worker(),
	queue_waits: (count) => m.console_trouble_queue({ count }),
	jobs_failed: (count) => m.console_trouble_jobs({ count }),
	contender_fails: (name) => m.console_trouble_contender({ name }),
	budget_spent: () => m.console_trouble_budget(),
};
const PAGES: Partial<Record<Trouble['code'], string>> = {
	alarms: '/operator/payouts',
	queue_waits: '/operator/jobs',
	jobs_failed: '/operator/jobs',
	contender_fails: '/operator/contenders',
};

export const troubleWords = ({ code, subject }: Trouble) => WORDS[code](subject);
export const troublePage = ({ code, slug }: Trouble) => {
	const page = PAGES[code] ?? null;
	return page && slug ? `${page}#${slug}` : page;
};
