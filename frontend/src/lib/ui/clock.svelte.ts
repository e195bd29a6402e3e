/** A time that ticks while someone looks at it. */
export class Clock {
	now = $state(Date.now());

	constructor() {
		$effect(() => {
			const timer = setInterval(() => (this.now = Date.now()), 1000);
			return () => clearInterval(timer);
		});
	}
}
