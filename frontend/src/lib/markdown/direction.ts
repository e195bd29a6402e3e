/**
 * Which way a text runs, by its first letter that says so. Computed here and not left to `dir="auto"`:
 * a browser looks through a whole paragraph again for each link or piece of code that is put into it.
 */
export type Direction = 'ltr' | 'rtl';

/** Letters and the three marks that stand for one: left-to-right, right-to-left, Arabic letter. */
const STRONG = /[\p{L}\u200E\u200F\u061C]/u;
const RIGHT_TO_LEFT =
	/[\u0590-\u08FF\u200F\uFB1D-\uFDFF\uFE70-\uFEFE\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/** Null for a text without any letter. */
export function directionOf(text: string): Direction | null {
	const letter = STRONG.exec(text)?.[0];
	if (letter === undefined) return null;
	return RIGHT_TO_LEFT.test(letter) ? 'rtl' : 'ltr';
}
