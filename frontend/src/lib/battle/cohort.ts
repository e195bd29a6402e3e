/** The word of an operator's link `/?c=word`: whose prompts this tab is given, until it is closed. */
const KEY = 'evenhand.cohort';
const WORD = /^[\w-]{8,32}$/;

export function cohortFrom(search: URLSearchParams): string {
	const said = search.get('c') ?? '';
	try {
		if (WORD.test(said)) sessionStorage.setItem(KEY, said);
		return sessionStorage.getItem(KEY) ?? '';
	} catch {
		return WORD.test(said) ? said : '';
	}
}
