import { m } from '$lib/paraglide/messages.js';
import type { Role, Scope } from './types';

const ROLES: Record<Role, () => string> = {
	owner: m.vendor_role_owner,
	member: m.vendor_role_member,
};
export const roleWord = (role: Role) => ROLES[role]();

const SCOPES: Record<Scope, () => string> = {
	rankings: m.vendor_scope_rankings,
	organisation: m.vendor_scope_organisation,
};
export const SCOPE_NAMES = Object.keys(SCOPES) as Scope[];
export const scopeWords = (scope: Scope) => SCOPES[scope]();

const STATES: Record<string, () => string> = {
	draft: m.vendor_state_draft,
	private_test: m.vendor_state_private_test,
	preliminary: m.vendor_state_preliminary,
	listed: m.vendor_state_listed,
	retired: m.vendor_state_retired,
};
export const contenderState = (state: string) => STATES[state]?.() ?? state;

/** An address made of a name: what is no plain letter or digit becomes a hyphen. */
export function slugOf(name: string): string {
	return name
		.normalize('NFKD')
		.replace(/[\u0300-\u036f]/g, '')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.slice(0, 40)
		.replace(/^-+|-+$/g, '');
}
