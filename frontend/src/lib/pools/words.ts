import { m } from '$lib/paraglide/messages.js';
import type { Pool } from './types';

const STATES: Record<Pool['state'], () => string> = {
	active: m.pools_active,
	paused: m.pools_paused,
	archived: m.pools_archived,
};
export const stateWord = (state: Pool['state']) => STATES[state]();
