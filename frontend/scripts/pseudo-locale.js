// Writes an accented, 40% longer copy of the English words, to see where a layout would break.
// Use: npm run pseudo && PSEUDO_LOCALE=1 npm run build
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const ACCENTS = { a: 'á', e: 'ë', i: 'ï', o: 'ö', u: 'ü', c: 'ç', n: 'ñ', y: 'ý', A: 'Å', E: 'É' };

function stretch(text) {
	const accented = text.replace(/\{[^}]*\}|[a-zA-Z]/g, (part) => ACCENTS[part] ?? part);
	const words = Math.ceil((text.length * 0.4) / 6);
	return `${accented} ${'löñgér '.repeat(words).trim()}`;
}

function pseudo(value) {
	if (typeof value === 'string') return stretch(value);
	return value.map((variant) => ({
		...variant,
		match: Object.fromEntries(Object.entries(variant.match).map(([k, v]) => [k, stretch(v)])),
	}));
}

const { $schema, ...words } = JSON.parse(readFileSync('messages/en.json', 'utf8'));
const longer = Object.fromEntries(Object.entries(words).map(([key, v]) => [key, pseudo(v)]));
mkdirSync('.pseudo/messages', { recursive: true });
writeFileSync('.pseudo/messages/en.json', JSON.stringify({ $schema, ...longer }, null, '\t'));
cpSync('project.inlang/settings.json', '.pseudo/project.inlang/settings.json');
const settings = JSON.parse(readFileSync('.pseudo/project.inlang/settings.json', 'utf8'));
settings.modules = settings.modules.map((path) => path.replace('./', '../'));
writeFileSync('.pseudo/project.inlang/settings.json', JSON.stringify(settings, null, '\t'));
