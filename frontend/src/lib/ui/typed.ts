/** The number that a field holds. What is none is sent as it was typed, for the server to refuse: JSON would make nothing of it. */
export function numberTyped(text: string): number {
	const [typed, number] = [text.trim(), Number(text)];
	return typed !== '' && Number.isFinite(number) ? number : (typed as unknown as number);
}
