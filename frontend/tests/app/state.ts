/** In the place of kit's: the page that a test says. */
export const page = {
	url: new URL('http://localhost:3000/'),
	params: {} as Record<string, string>,
};

export function visit(path: string, params: Record<string, string> = {}): void {
	page.url = new URL(path, 'http://localhost:3000');
	page.params = params;
}
