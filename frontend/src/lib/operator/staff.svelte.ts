import { operator, type StaffMe } from '$lib/api/operator';
import { ApiProblem } from '$lib/api/problem';

/** What the person at the console may do; asked for once by the frame, read by its pages. */
class StaffAccount {
	me: StaffMe | null = $state.raw(null);
	problem: ApiProblem | null = $state.raw(null);

	load = async (): Promise<void> => {
		try {
			this.me = await operator.me();
			this.problem = null;
		} catch (error) {
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error;
			if (error.status === 401 || error.status === 403) this.me = null;
		}
	};

	/** `app.codename`, or the beginning of any that will do. */
	can(permission: string): boolean {
		return this.me?.permissions.some((one) => one.startsWith(permission)) === true;
	}
}

export const staff = new StaffAccount();
