export type Cell = string | number | null;

/** A spreadsheet reads a text with such a beginning as a formula, and would run it. */
const FORMULA = /^[=+\-@\t\r]/;

function field(cell: Cell): string {
	if (cell === null) return '';
	if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
	const safe = FORMULA.test(cell) ? `'${cell}` : cell;
	return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A table as RFC 4180 text. Numbers stay numbers; no text becomes a formula. */
export function csvOf(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
	return [head, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** "overall-live-seq-1204": safe in any file system. */
export function fileName(...parts: readonly (string | number)[]): string {
	const plain = (part: string | number) =>
		String(part)
			.toLowerCase()
			.replace(/[^a-z0-9]+/g, '-')
			.replace(/^-+|-+$/g, '');
	return parts.map(plain).filter(Boolean).join('-');
}
