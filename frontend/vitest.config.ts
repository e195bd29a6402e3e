import { defineConfig } from 'vitest/config';

// Apart from vite.config.ts: kit's and the words' plugins watch files and keep a run from ending.
export default defineConfig({
	resolve: { alias: { $lib: new URL('./src/lib', import.meta.url).pathname } },
	test: { include: ['tests/**/*.test.ts'], environment: 'node', testTimeout: 30_000 },
});
