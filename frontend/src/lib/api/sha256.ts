/** SHA-256 (FIPS 180-4), synchronous: WebCrypto is missing on plain-HTTP hosts, and a promise for each try costs more than the hash. */

/** The first 32 bits of the fractional part of a root of each of the first `count` primes. */
function fractions(count: number, root: (prime: number) => number): Int32Array {
	const found: number[] = [];
	for (let n = 2; found.length < count; n++) {
		let prime = true;
		for (let divisor = 2; divisor * divisor <= n; divisor++) prime &&= n % divisor !== 0;
		if (prime) found.push(((root(n) % 1) * 2 ** 32) | 0);
	}
	return Int32Array.from(found);
}

const ROUND = fractions(64, Math.cbrt);
const START = fractions(8, Math.sqrt);
const schedule = new Int32Array(64);

const at = (words: Int32Array, index: number) => words[index] ?? 0;
const turn = (value: number, by: number) => (value >>> by) | (value << (32 - by));

function padded(message: Uint8Array): DataView {
	const view = new DataView(new ArrayBuffer(((message.length + 72) >> 6) << 6));
	new Uint8Array(view.buffer).set(message);
	view.setUint8(message.length, 0x80);
	view.setUint32(view.byteLength - 4, message.length * 8);
	return view;
}

function spread(view: DataView, block: number): void {
	const w = schedule;
	for (let i = 0; i < 16; i++) w[i] = view.getInt32(block + i * 4);
	for (let i = 16; i < 64; i++) {
		const early = at(w, i - 15);
		const late = at(w, i - 2);
		const first = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
		const second = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
		w[i] = (at(w, i - 16) + first + at(w, i - 7) + second) | 0;
	}
}

function compress(state: Int32Array): void {
	let [a, b, c, d, e, f, g, h] = state as unknown as [
		number,
		number,
		number,
		number,
		number,
		number,
		number,
		number,
	];
	for (let i = 0; i < 64; i++) {
		const up = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
		const first = (h + up + ((e & f) ^ (~e & g)) + at(ROUND, i) + at(schedule, i)) | 0;
		const down = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
		const second = (down + ((a & b) ^ (a & c) ^ (b & c))) | 0;
		[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
	}
	[a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] = (at(state, i) + value) | 0));
}

/** The hash of a message, in hex. */
export function sha256(message: Uint8Array): string {
	const view = padded(message);
	const state = Int32Array.from(START);
	for (let block = 0; block < view.byteLength; block += 64) {
		spread(view, block);
		compress(state);
	}
	return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}
