import { m } from '$lib/paraglide/messages.js';
import type { Hook, HookEvent, Message } from './types';

const EVENTS: Record<HookEvent, () => string> = {
	'contender.rank_changed': m.hooks_event_rank,
	'contender.tier_changed': m.hooks_event_tier,
	'contender.state_changed': m.hooks_event_state,
};
export const EVENT_NAMES = Object.keys(EVENTS) as HookEvent[];
export const eventWord = (event: HookEvent) => EVENTS[event]();
export const typeWord = (type: Message['type']) =>
	type === 'webhook.test' ? m.hooks_event_test() : EVENTS[type]();

const STATES: Record<Hook['state'], () => string> = {
	active: m.hooks_state_active,
	paused: m.hooks_state_paused,
	disabled: m.hooks_state_disabled,
};
export const hookState = (state: Hook['state']) => STATES[state]();

const MESSAGE_STATES: Record<Message['state'], () => string> = {
	waiting: m.hooks_message_waiting,
	delivered: m.hooks_message_delivered,
	dead: m.hooks_message_dead,
};
export const messageState = (state: Message['state']) => MESSAGE_STATES[state]();
