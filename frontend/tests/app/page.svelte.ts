class Page {
	path = $state('/');
	url = $derived(new URL(this.path, 'http://localhost:3000'));
	params: Record<string, string> = $state.raw({});
	route = $state.raw({ id: '/' });
}

export const page = new Page();

export function visit(path: string, params: Record<string, string> = {}, id = path): void {
	page.path = path;
	page.params = params;
	page.route = { id };
}
