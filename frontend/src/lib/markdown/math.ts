import katex from 'katex';
import { LONGEST_FORMULA } from './math-rule';

/** The TeX source inside the drawing is of no use to readers and a known way past sanitisers. */
const ANNOTATION = /<annotation [^>]*>[^<]*<\/annotation>|<\/?semantics>/g;
const WRAPPER = /^<span class="katex">|<\/span>$/g;

export function math(tex: string, display: boolean): string | null {
	if (tex.length > LONGEST_FORMULA) return null;
	try {
		return katex
			.renderToString(tex, {
				displayMode: display,
				output: 'mathml',
				trust: false,
				strict: 'ignore',
				throwOnError: true,
				maxExpand: 200,
				maxSize: 20,
			})
			.replace(ANNOTATION, '')
			.replace(WRAPPER, '');
	} catch {
		return null;
	}
}
