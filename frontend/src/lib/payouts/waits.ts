import { m } from '$lib/paraglide/messages.js';
import { relative, whole } from '$lib/ui/format';
import type { PayoutEpoch } from './types';

/** How many more people have to approve an epoch; who sealed it by hand counts as one. */
export function approvalsLeft(epoch: PayoutEpoch): number {
	const names = new Set(epoch.approvals.map((one) => one.by));
	if (epoch.sealed_by) names.add(epoch.sealed_by);
	return Math.max(0, epoch.needs - names.size);
}

/** What an epoch waits for before it goes on. */
export function waitsFor(epoch: PayoutEpoch, now: number): string {
	const left = approvalsLeft(epoch);
	switch (epoch.state) {
		case 'awaiting_approval':
			return left > 1 ? m.waits_people({ count: whole(left) }) : m.waits_second_person();
		case 'uncovered':
			return m.waits_money();
		case 'sealed':
			return m.waits_worker();
		case 'sending':
			return m.waits_block();
		case 'posted':
			return epoch.active_at && Date.parse(epoch.active_at) > now
				? m.waits_active({ when: relative(epoch.active_at, now) })
				: m.waits_active_soon();
		case 'active':
			return m.waits_nothing();
		case 'vetoed':
			return m.waits_next();
	}
}

/** What may be done to an epoch in its state; whether this person may is another question. */
export const mayApprove = (epoch: PayoutEpoch): boolean => epoch.state === 'awaiting_approval';
export const mayVeto = (epoch: PayoutEpoch): boolean =>
	epoch.state === 'posted' || epoch.state === 'active';
