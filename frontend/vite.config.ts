import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';

const server = process.env.EVENHAND_SERVER ?? 'http://127.0.0.1:8000';
const project = process.env.PSEUDO_LOCALE ? './.pseudo/project.inlang' : './project.inlang';

/** Kit's route announcer carries a style attribute, which the page's policy refuses; base.css hides it. */
const announcerWithoutStyle: Plugin = {
	name: 'announcer-without-style',
	enforce: 'pre',
	transform(code, id) {
		if (!id.endsWith('/generated/root.svelte')) return null;
		return code.replace(/(id="svelte-announcer"[^>]*?)\sstyle="[^"]*"/, '$1');
	},
};

export default defineConfig({
	plugins: [
		paraglideVitePlugin({ project, outdir: './src/lib/paraglide', strategy: ['baseLocale'] }),
		announcerWithoutStyle,
		sveltekit(),
	],
	server: {
		// What the arena itself answers; addresses of pages (`/s/` too) are drawn here.
		proxy: {
			'/api/': { target: server },
			'/_allauth/': { target: server },
			'/accounts/': { target: server },
			'/admin/': { target: server },
			'/static/': { target: server },
			'/ws/': { target: server.replace(/^http/, 'ws'), ws: true },
		},
	},
});
