/** Signing up, in and out: allauth's headless endpoints, which have a shape of their own. */
import { csrfToken, reach } from './client';

const ROOT = '/_allauth/browser/v1';

export interface Flow {
	id: string;
	types?: string[];
	is_pending?: boolean;
}

export interface FieldError {
	message: string;
	code: string;
	param?: string;
	/** The same with its field's name, for where the field is not in sight. */
	named?: string;
}

/** What an endpoint answered. `flows` says what is still to do when `status` is 401. */
export interface Reply<T = unknown> {
	status: number;
	data: T;
	meta: Record<string, string>;
	errors: FieldError[];
	flows: Flow[];
}

interface Body {
	status?: number;
	data?: unknown;
	meta?: Record<string, string>;
	errors?: FieldError[];
	detail?: string;
}

async function read<T>(response: Response): Promise<Reply<T>> {
	const json = (await response.json().catch(() => ({}))) as Body;
	const errors =
		json.errors ??
		(json.detail ? [{ message: json.detail, code: 'problem' }] : ([] as FieldError[]));
	const flows = (json.data as { flows?: Flow[] } | undefined)?.flows ?? [];
	return { status: response.status, data: json.data as T, meta: json.meta ?? {}, errors, flows };
}

async function ask<T = unknown>(
	method: string,
	path: string,
	body?: unknown,
	headers: Record<string, string> = {},
): Promise<Reply<T>> {
	if (method !== 'GET' && !csrfToken()) await reach(`${ROOT}/config`);
	const response = await reach(`${ROOT}/${path}`, {
		method,
		headers: {
			Accept: 'application/json',
			'Content-Type': 'application/json',
			'X-CSRFToken': csrfToken(),
			...headers,
		},
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	return read<T>(response);
}

export const pending = (reply: Reply, id: string): Flow | undefined =>
	reply.flows.find((flow) => flow.id === id && flow.is_pending);

/** The action needs a proof of who one is, given within the last five minutes. */
export const needsProof = (reply: Reply): boolean =>
	reply.status === 401 && reply.flows.some((flow) => /reauthenticate$/.test(flow.id));

export interface Authenticator {
	type: 'totp' | 'recovery_codes' | 'webauthn';
	id?: number;
	name?: string;
	created_at: number;
	last_used_at: number | null;
	unused_code_count?: number;
	unused_codes?: string[];
}

export interface Session {
	id: number;
	ip: string;
	user_agent: string;
	created_at: number;
	last_seen_at?: number;
	is_current: boolean;
}

export interface Address {
	email: string;
	verified: boolean;
	primary: boolean;
}

type Creation = { creation_options: { publicKey: PublicKeyCredentialCreationOptionsJSON } };
type Request = { request_options: { publicKey: PublicKeyCredentialRequestOptionsJSON } };

export const auth = {
	signUp: (email: string, password: string) => ask('POST', 'auth/signup', { email, password }),
	signIn: (email: string, password: string) => ask('POST', 'auth/login', { email, password }),
	signOut: () => ask('DELETE', 'auth/session'),
	code: (code: string) => ask('POST', 'auth/2fa/authenticate', { code }),
	askReset: (email: string) => ask('POST', 'auth/password/request', { email }),
	reset: (key: string, password: string) => ask('POST', 'auth/password/reset', { key, password }),
	verify: (key: string) => ask('POST', 'auth/email/verify', { key }),
	prove: (password: string) => ask('POST', 'auth/reauthenticate', { password }),
	proveByCode: (code: string) => ask('POST', 'auth/2fa/reauthenticate', { code }),
	addresses: () => ask<Address[]>('GET', 'account/email'),
	addAddress: (email: string) => ask<Address[]>('POST', 'account/email', { email }),
	sendVerification: (email: string) => ask('PUT', 'account/email', { email }),
	changePassword: (current_password: string, new_password: string) =>
		ask('POST', 'account/password/change', { current_password, new_password }),
	authenticators: () => ask<Authenticator[]>('GET', 'account/authenticators'),
	totp: () => ask('GET', 'account/authenticators/totp'),
	addTotp: (code: string) => ask('POST', 'account/authenticators/totp', { code }),
	removeTotp: () => ask('DELETE', 'account/authenticators/totp'),
	recoveryCodes: () => ask<Authenticator>('GET', 'account/authenticators/recovery-codes'),
	newRecoveryCodes: () => ask<Authenticator>('POST', 'account/authenticators/recovery-codes', {}),
	passkeyOptions: () => ask<Creation>('GET', 'account/authenticators/webauthn?passwordless'),
	addPasskey: (name: string, credential: unknown) =>
		ask('POST', 'account/authenticators/webauthn', { name, credential }),
	removePasskey: (id: number) =>
		ask('DELETE', 'account/authenticators/webauthn', { authenticators: [id] }),
	passkeySignInOptions: () => ask<Request>('GET', 'auth/webauthn/login'),
	signInByPasskey: (credential: unknown) => ask('POST', 'auth/webauthn/login', { credential }),
	passkeyCodeOptions: () => ask<Request>('GET', 'auth/webauthn/authenticate'),
	codeByPasskey: (credential: unknown) => ask('POST', 'auth/webauthn/authenticate', { credential }),
	passkeyProofOptions: () => ask<Request>('GET', 'auth/webauthn/reauthenticate'),
	proveByPasskey: (credential: unknown) =>
		ask('POST', 'auth/webauthn/reauthenticate', { credential }),
	sessions: () => ask<Session[]>('GET', 'auth/sessions'),
	endSessions: (sessions: number[]) => ask<Session[]>('DELETE', 'auth/sessions', { sessions }),

	/** Where the provider of single sign-on is to be visited; it leads back to `callback`, a path of ours. */
	async providerAddress(callback: string): Promise<Reply<{ location: string }>> {
		if (!csrfToken()) await reach(`${ROOT}/config`);
		const response = await reach(`${ROOT}/auth/provider/redirect`, {
			method: 'POST',
			headers: { 'X-CSRFToken': csrfToken() },
			body: new URLSearchParams({ provider: 'sso', process: 'login', callback_url: callback }),
		});
		return read(response);
	},
};
