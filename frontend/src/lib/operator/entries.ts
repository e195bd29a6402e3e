import { m } from '$lib/paraglide/messages.js';

/** A page of the console, and the permission (or the beginning of several) that it takes to see it. */
export interface Entry {
	href: string;
	words: () => string;
	needs: string;
}

export const ENTRIES: readonly Entry[] = [
	{ href: '/operator', words: m.console_health, needs: 'console.view_health' },
	{ href: '/operator/pools', words: m.console_pools, needs: 'prompts.view_pool' },
	{ href: '/operator/contenders', words: m.console_contenders, needs: 'contenders.view_contender' },
	{ href: '/operator/providers', words: m.console_providers, needs: 'providers.view_provider' },
	{
		href: '/operator/submissions',
		words: m.console_submissions,
		needs: 'submissions.view_submission',
	},
	{ href: '/operator/moderation', words: m.console_moderation, needs: 'moderation.view_' },
	{ href: '/operator/pairing', words: m.console_pairing, needs: 'battles.view_pairingpolicy' },
	{ href: '/operator/rewards', words: m.console_rewards, needs: 'battles.view_rewardpolicy' },
	{ href: '/operator/jobs', words: m.console_jobs, needs: 'console.view_jobs' },
	{ href: '/operator/payouts', words: m.console_payouts, needs: 'credits.view_epoch' },
	{ href: '/operator/people', words: m.console_people, needs: 'console.view_people' },
	{ href: '/operator/audit', words: m.console_audit, needs: 'trail.view_change' },
];
