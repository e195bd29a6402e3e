/** The clipboard API is missing on plain-HTTP hosts, where many arenas start their life. */
function copyByHand(text: string): boolean {
	const field = document.createElement('textarea');
	field.value = text;
	field.className = 'sr-only';
	field.readOnly = true;
	document.body.append(field);
	field.select();
	const copied = document.execCommand('copy');
	field.remove();
	return copied;
}

export async function copyText(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return copyByHand(text);
	}
}
