import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const COMPONENTS = 'tests/**/*.svelte.test.ts';
const at = (path: string) => new URL(path, import.meta.url).pathname;
// Kit's own modules exist in its build only.
const resolve = { alias: { $lib: at('./src/lib'), $app: at('./tests/app') } };

// Apart from vite.config.ts: kit's and the words' plugins watch files and keep a run from ending.
export default defineConfig({
	test: {
		projects: [
			{
				resolve,
				test: {
					name: 'plain',
					include: ['tests/**/*.test.ts'],
					exclude: [COMPONENTS],
					environment: 'node',
					testTimeout: 30_000,
				},
			},
			{
				plugins: [svelte()],
				resolve: { ...resolve, conditions: ['browser'] },
				test: { name: 'components', include: [COMPONENTS], environment: 'jsdom' },
			},
		],
	},
});
