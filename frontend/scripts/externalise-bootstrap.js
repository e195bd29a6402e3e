// The server's policy forbids inline scripts, so kit's bootstrap moves into a file of its own.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const BUILD = new URL('../build/', import.meta.url).pathname;
const INLINE_SCRIPT = /<script>([\s\S]*?)<\/script>/g;
const COMPRESSIBLE = /\.(html|js|css|svg|json|txt)$/;
const ABOVE_THE_FOLD =
	/^(source-sans-3-latin-wght-normal|source-serif-4-latin-wght-normal)\..+\.woff2$/;

function externalise(html) {
	return html.replace(INLINE_SCRIPT, (_, body) => {
		const script = body.replace(/^\t+/gm, '').trim() + '\n';
		const hash = createHash('sha256').update(script).digest('hex').slice(0, 12);
		const path = `_app/immutable/entry/boot.${hash}.js`;
		writeFileSync(join(BUILD, path), script);
		return `<script src="/${path}"></script>`;
	});
}

function preloadFonts(html) {
	const fonts = readdirSync(join(BUILD, '_app/immutable/assets')).filter((name) =>
		ABOVE_THE_FOLD.test(name),
	);
	const links = fonts.map(
		(name) =>
			`<link rel="preload" href="/_app/immutable/assets/${name}" as="font" type="font/woff2" crossorigin>`,
	);
	return html.replace('</head>', `${links.join('')}</head>`);
}

function refuseInline(html) {
	if (/<script(?![^>]*\ssrc=)/.test(html) || /<style|\sstyle=|\son\w+=/.test(html)) {
		throw new Error('build/index.html still holds inline script or style');
	}
}

function compress(folder) {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) compress(path);
		else if (COMPRESSIBLE.test(entry.name)) {
			const bytes = readFileSync(path);
			const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
			writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
			writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
		}
	}
}

const index = join(BUILD, 'index.html');
const html = preloadFonts(externalise(readFileSync(index, 'utf8')));
refuseInline(html);
writeFileSync(index, html);
compress(BUILD);
