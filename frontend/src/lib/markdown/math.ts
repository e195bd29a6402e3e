import katex from 'katex';

const LONGEST = 4_000;

/** The TeX source inside the drawing is of no use to readers and a known way past sanitisers. */
const ANNOTATION = /<annotation [^>]*>[^<]*<\/annotation>|<\/?semantics>/g;
const WRAPPER = /^<span class="katex">|<\/span>$/g;

export function math(tex: string, display: boolean): string | null {
	if (tex.length > LONGEST) return null;
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
