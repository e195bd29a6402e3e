import { readFileSync } from 'node:fs';
import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	compilerOptions: { runes: true },
	kit: {
		// One HTML file for every address: the server answers unknown paths with it.
		adapter: adapter({ fallback: 'index.html', strict: false }),
		// The default is the build's time, which would make two builds of one commit differ.
		version: { name: version },
		paths: { relative: false },
	},
};
