/** Tags, white space, and letters of scripts that are written without it and may break anywhere. */
const BREAKS =
	/<[^>]*>|[\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/u;
const LONGEST_WORD = 500;

/**
 * Whether a text (or HTML) holds a word that no language has. Where neighbouring letters may be
 * kerned a browser shapes all the rest of such a word again for each line that it fills.
 */
export function isDense(html: string): boolean {
	return (
		html.length > LONGEST_WORD && html.split(BREAKS).some((word) => word.length > LONGEST_WORD)
	);
}
