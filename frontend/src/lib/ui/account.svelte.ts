import { api } from '$lib/api/client';
import { ApiProblem } from '$lib/api/problem';
import type { Arena, Me } from '$lib/api/types';

/** Who is here and what the arena offers; read by every page, asked for once. */
class Account {
	me: Me | null = $state.raw(null);
	arena: Arena | null = $state.raw(null);
	problem: ApiProblem | null = $state.raw(null);

	async load(): Promise<void> {
		try {
			const [arena, me] = await Promise.all([api.arena(), api.me()]);
			this.arena = arena;
			this.me = me;
			this.problem = null;
		} catch (error) {
			if (error instanceof ApiProblem) this.problem = error;
			else throw error;
		}
	}

	/** Points and consent after something changed them. Old figures stay when the server is away. */
	async refresh(): Promise<void> {
		try {
			this.me = await api.me();
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
		}
	}

	async consent(publish: boolean): Promise<void> {
		const arena = await api.arena();
		this.arena = arena;
		this.me = await api.consent({
			terms_version: arena.terms.version,
			terms_hash: arena.terms.hash,
			of_age: true,
			publish,
		});
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
