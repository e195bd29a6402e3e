/** Hands a file to the person; nothing leaves the browser. */
export function download(name: string, blob: Blob): void {
	const url = URL.createObjectURL(blob);
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
	// Some browsers read the file only after the click has returned.
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
