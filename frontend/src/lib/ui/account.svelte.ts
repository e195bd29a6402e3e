import { api } from '$lib/api/client';
import { ApiProblem } from '$lib/api/problem';
import type { Arena, Me } from '$lib/api/types';
import { last, remember } from './last';

/** Who is here and what the arena offers; read by every page, asked for once. */
class Account {
	me: Me | null = $state.raw(null);
	arena: Arena | null = $state.raw(null);
	problem: ApiProblem | null = $state.raw(null);
	private readonly last = last();

	async load(): Promise<void> {
		try {
			const [arena, me] = await Promise.all([api.arena(), api.me()]);
			this.arena = arena;
			this.take(me);
			this.problem = null;
		} catch (error) {
			if (error instanceof ApiProblem) this.problem = error;
			else throw error;
		}
	}

	/** Points and consent after something changed them. Old figures stay when the server is away. */
	async refresh(): Promise<void> {
		try {
			this.take(await api.me());
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
		}
	}

	async consent(publish: boolean): Promise<void> {
		const arena = await api.arena();
		this.arena = arena;
		this.take(
			await api.consent({
				terms_version: arena.terms.version,
				terms_hash: arena.terms.hash,
				of_age: true,
				publish,
			}),
		);
	}

	/** The choice alone: no terms are accepted by it. */
	async publish(publish: boolean): Promise<void> {
		this.take(await api.publish(publish));
	}

	private take(me: Me): void {
		this.me = me;
		remember({ consented: this.consented, registered: !this.visitor });
	}

	/** Whether to show the terms; until the server has said so, as it was the last time. */
	get needsConsent(): boolean {
		return this.me ? !this.consented : !this.last.consented;
	}

	/** Whether nobody is signed in; likewise. */
	get visitor(): boolean {
		return this.me ? this.me.user?.is_guest !== false : !this.last.registered;
	}

	get consented(): boolean {
		return this.me?.consent?.current === true;
	}

	get points(): number | null {
		if (!this.me) return null;
		return this.me.points.pending + this.me.points.available;
	}
}

export const account = new Account();
