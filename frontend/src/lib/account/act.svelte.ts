import { untrack } from 'svelte';
import { needsProof, type FieldError, type Flow, type Reply } from '$lib/api/auth';
import { ApiProblem } from '$lib/api/problem';
import { toRefused } from '$lib/ui/focus';
import { explain, faultWords } from '$lib/ui/words';
import { walletWords } from '$lib/wallet/identity';
import { WalletError } from '$lib/wallet/provider';

/** What our own API gave, in the shape that `Act` looks at. */
export async function replied<T>(work: Promise<T>): Promise<Reply<T>> {
	return { status: 200, data: await work, meta: {}, errors: [], flows: [] };
}

/** Each field that our own API refuses; or else the problem as a whole. */
function faults(problem: ApiProblem): FieldError[] {
	if (problem.fields.length === 0) return [{ message: explain(problem), code: problem.code }];
	return problem.fields.map((fault) => ({
		message: fault.message,
		code: problem.code,
		param: fault.field,
		named: faultWords(fault),
	}));
}

/** `links[0].url` and `aliases.2` are within `links` and `aliases`. */
const concerns = ({ param = '' }: FieldError, field: string) =>
	param.startsWith(field) && ['', '.', '['].includes(param.charAt(field.length));

/** One thing that a person does to their account: whether it runs, what went wrong, and whether a proof is asked for first. */
export class Act {
	busy = $state(false);
	errors: FieldError[] = $state.raw([]);
	/** Set while the server wants a proof of who it is; to be run again after it. */
	again: (() => Promise<void>) | null = $state.raw(null);
	/** How it may be proved, where the server says so. */
	flows: Flow[] | null = $state.raw(null);
	readonly #inSight: Record<string, true> = {};

	/** Runs `ask`, then `then` with its reply if it was accepted. 401 counts as accepted when `then` is to look at the flows. */
	async run<T>(
		ask: () => Promise<Reply<T>>,
		then: (reply: Reply<T>) => void | Promise<void>,
		accept: readonly number[] = [200],
	): Promise<void> {
		// An effect that runs it must not run again because this one has begun or ended.
		if (untrack(() => this.busy)) return;
		this.busy = true;
		this.errors = [];
		this.flows = null;
		try {
			const reply = await ask();
			if (needsProof(reply)) {
				this.again = () => this.run(ask, then, accept);
				this.flows = reply.flows;
			} else if (accept.includes(reply.status)) await then(reply);
			else this.errors = reply.errors.length ? reply.errors : [{ message: '', code: 'unknown' }];
		} catch (error) {
			if (error instanceof WalletError)
				this.errors = [{ message: walletWords(error), code: error.trouble }];
			else if (!(error instanceof ApiProblem)) throw error;
			else if (error.code === 'proof-required') this.again = () => this.run(ask, then, accept);
			else this.errors = faults(error);
		} finally {
			this.busy = false;
		}
		if (this.errors.some(({ param }) => param)) void toRefused();
	}

	/** What is wrong with a field, or with anything in it; whoever asks shows it there. */
	of(field: string): string | null {
		this.#inSight[field] = true;
		const found = this.errors.filter((error) => concerns(error, field));
		const words = found.map(({ message }) => message);
		return words.filter((one, at) => words.indexOf(one) === at).join(' ') || null;
	}

	/** What belongs to no field that is on the page. */
	general(): string[] {
		const fields = Object.keys(this.#inSight);
		return this.errors
			.filter((error) => !fields.some((field) => concerns(error, field)))
			.map(({ named, message }) => named ?? message);
	}

	proved = async (): Promise<void> => {
		const again = this.again;
		this.again = null;
		await again?.();
	};
}
