import { m } from '$lib/paraglide/messages.js';
import type { Finding, Submission } from './types';

const STATES: Record<Submission['state'], () => string> = {
	checking: m.submit_state_checking,
	failed: m.submit_state_failed,
	review: m.submit_state_review,
	accepted: m.submit_state_accepted,
	declined: m.submit_state_declined,
	withdrawn: m.submit_state_withdrawn,
};
export const STATE_NAMES = Object.keys(STATES) as Submission['state'][];
export const submissionState = (state: Submission['state']) => STATES[state]();

const CHECKS: Record<Finding['code'], () => string> = {
	reachable: m.submit_check_reachable,
	answers: m.submit_check_answers,
	streams: m.submit_check_streams,
	blind: m.submit_check_blind,
	quick: m.submit_check_quick,
};
export const checkWord = (code: Finding['code']) => CHECKS[code]();
