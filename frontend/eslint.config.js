import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const budget = {
	'max-lines': ['error', 400],
	'max-lines-per-function': ['error', { max: 60, skipComments: true }],
};

export default ts.config(
	{
		ignores: [
			'build/',
			'.svelte-kit/',
			'.pseudo/',
			'src/lib/paraglide/',
			'src/lib/api/schema.d.ts',
		],
	},
	js.configs.recommended,
	...ts.configs.strict,
	...svelte.configs.recommended,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			...budget,
			// The compiler already refuses undefined names, and knows the ambient ones.
			'no-undef': 'off',
			'no-restricted-globals': [
				'error',
				{ name: 'fetch', message: 'Only src/lib/api/client.ts sends requests.' },
			],
		},
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: {
			parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
		},
		rules: {
			// The app is always served from the root of its host.
			'svelte/no-navigation-without-resolve': 'off',
		},
	},
	{ files: ['src/lib/api/client.ts'], rules: { 'no-restricted-globals': 'off' } },
	{
		files: ['tests/**'],
		rules: { 'max-lines': ['error', 600], 'max-lines-per-function': 'off' },
	},
);
