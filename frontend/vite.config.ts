import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

const server = process.env.EVENHAND_SERVER ?? 'http://127.0.0.1:8000';
const project = process.env.PSEUDO_LOCALE ? './.pseudo/project.inlang' : './project.inlang';

export default defineConfig({
	plugins: [
		paraglideVitePlugin({ project, outdir: './src/lib/paraglide', strategy: ['baseLocale'] }),
		sveltekit(),
	],
	server: {
		proxy: {
			'/api': { target: server },
			'/ws': { target: server.replace(/^http/, 'ws'), ws: true },
		},
	},
	test: {
		include: ['tests/**/*.test.ts'],
		environment: 'node',
	},
});
