import type { Invitation, Role } from '$lib/api/operator';
import { m } from '$lib/paraglide/messages.js';

export const ROLES: readonly Role[] = ['operator', 'treasurer', 'auditor', 'admin'];

const NAMES: Record<Role, () => string> = {
	operator: m.console_role_operator,
	treasurer: m.console_role_treasurer,
	auditor: m.console_role_auditor,
	admin: m.console_role_admin,
};
const TOLD: Record<Role, () => string> = {
	operator: m.console_told_operator,
	treasurer: m.console_told_treasurer,
	auditor: m.console_told_auditor,
	admin: m.console_told_admin,
};
const STATES: Record<Invitation['state'], () => string> = {
	open: m.console_invitation_open,
	accepted: m.console_invitation_accepted,
	expired: m.console_invitation_expired,
	revoked: m.console_invitation_revoked,
};

export const roleWord = (role: Role) => NAMES[role]();
export const roleTold = (role: Role) => TOLD[role]();
export const invitationWord = (state: Invitation['state']) => STATES[state]();
