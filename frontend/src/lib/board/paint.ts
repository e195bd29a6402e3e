/**
 * A picture of what is shown, drawn from the page itself: backgrounds, SVG shapes and words where the browser put them,
 * in the page's own fonts and the theme's colours. Nothing is loaded, so the page's policy needs no exception.
 */
const SCALE = 2;
const MARGIN = 24;
const HEAD = 34;
const FOOT = 30;
// Larger canvases stay empty in some browsers.
const LARGEST = 16_000;

interface Pen {
	context: CanvasRenderingContext2D;
	left: number;
	top: number;
}

const hidden = (style: CSSStyleDeclaration) =>
	style.display === 'none' || style.visibility === 'hidden' || style.clipPath === 'inset(50%)';

const seen = (colour: string) =>
	colour !== 'none' && !/^rgba\(.*, 0\)$|\/ 0\)$|^transparent$/.test(colour);

function radiusOf(style: CSSStyleDeclaration, { width, height }: DOMRect): number {
	const most = Math.min(width, height) / 2;
	const given = style.borderTopLeftRadius;
	return given.endsWith('%') ? most : Math.min(parseFloat(given) || 0, most);
}

function box(pen: Pen, element: Element, style: CSSStyleDeclaration): void {
	const { context } = pen;
	const rect = element.getBoundingClientRect();
	const [x, y] = [rect.left - pen.left, rect.top - pen.top];
	if (seen(style.backgroundColor)) {
		context.fillStyle = style.backgroundColor;
		context.beginPath();
		context.roundRect(x, y, rect.width, rect.height, radiusOf(style, rect));
		context.fill();
	}
	const rule = parseFloat(style.borderBottomWidth);
	if (rule === 0 || !seen(style.borderBottomColor) || style.rotate !== 'none') return;
	if (parseFloat(style.borderTopWidth) > 0) {
		context.strokeStyle = style.borderBottomColor;
		context.lineWidth = rule;
		context.beginPath();
		context.roundRect(x, y, rect.width, rect.height, radiusOf(style, rect));
		context.stroke();
	} else {
		context.fillStyle = style.borderBottomColor;
		context.fillRect(x, y + rect.height - rule, rect.width, rule);
	}
}

function shape(element: SVGGraphicsElement): Path2D | null {
	const at = (name: string) => Number(element.getAttribute(name));
	const path = new Path2D();
	if (element instanceof SVGPathElement) return new Path2D(element.getAttribute('d') ?? '');
	if (element instanceof SVGCircleElement) path.arc(at('cx'), at('cy'), at('r'), 0, 2 * Math.PI);
	else if (element instanceof SVGRectElement)
		path.rect(at('x'), at('y'), at('width'), at('height'));
	else if (element instanceof SVGLineElement) {
		path.moveTo(at('x1'), at('y1'));
		path.lineTo(at('x2'), at('y2'));
	} else return null;
	return path;
}

function drawing(pen: Pen, element: SVGGraphicsElement, style: CSSStyleDeclaration): void {
	const path = shape(element);
	const svg = element.ownerSVGElement?.getBoundingClientRect();
	if (!path || !svg) return;
	const { context } = pen;
	context.save();
	context.translate(svg.left - pen.left, svg.top - pen.top);
	context.globalAlpha *= Number(style.opacity);
	if (seen(style.fill)) {
		context.fillStyle = style.fill;
		context.fill(path);
	}
	if (seen(style.stroke)) {
		context.strokeStyle = style.stroke;
		context.lineWidth = parseFloat(style.strokeWidth);
		context.setLineDash(
			style.strokeDasharray
				.split(/[ ,]+/)
				.map(parseFloat)
				.filter((size) => size > 0),
		);
		context.stroke(path);
	}
	context.restore();
}

/** Word by word, because only the browser knows where a line of text was broken. */
function words(pen: Pen, node: Text, style: CSSStyleDeclaration, clip: DOMRect | null): void {
	const { context } = pen;
	context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
	context.fillStyle = node.parentElement instanceof SVGElement ? style.fill : style.color;
	const range = document.createRange();
	for (const found of node.data.matchAll(/\S+/g)) {
		range.setStart(node, found.index);
		range.setEnd(node, found.index + found[0].length);
		const rect = range.getBoundingClientRect();
		if (rect.width === 0 || (clip && rect.right > clip.right + 1)) continue;
		const size = context.measureText(found[0]);
		const [rise, fall] = [size.fontBoundingBoxAscent, size.fontBoundingBoxDescent];
		const base = rect.top + (rect.height - rise - fall) / 2 + rise;
		if (style.paintOrder.startsWith('stroke')) {
			context.strokeStyle = style.stroke;
			context.lineWidth = parseFloat(style.strokeWidth);
			context.strokeText(found[0], rect.left - pen.left, base - pen.top);
		}
		context.fillText(found[0], rect.left - pen.left, base - pen.top);
	}
}

function walk(pen: Pen, element: Element, clip: DOMRect | null): void {
	const style = getComputedStyle(element);
	if (hidden(style)) return;
	if (element instanceof SVGGraphicsElement) drawing(pen, element, style);
	else box(pen, element, style);
	const cut = style.overflowX === 'hidden' && style.textOverflow === 'ellipsis';
	const inner = cut ? element.getBoundingClientRect() : clip;
	for (const child of element.childNodes) {
		if (child instanceof Text) words(pen, child, style, inner);
		else if (child instanceof Element && child.localName !== 'title') walk(pen, child, inner);
	}
}

export interface Legend {
	title: string;
	source: string;
}

function frame(context: CanvasRenderingContext2D, height: number, legend: Legend): void {
	const style = getComputedStyle(document.body);
	context.fillStyle = style.color;
	context.font = `650 19px ${style.fontFamily}`;
	context.fillText(legend.title, MARGIN, MARGIN + 16);
	context.globalAlpha = 0.75;
	context.font = `400 13px ${style.fontFamily}`;
	context.fillText(legend.source, MARGIN, height - MARGIN + 4);
	context.globalAlpha = 1;
}

/** For the moment of a picture: no controls, and nothing stuck to a place that the reader scrolled it to. */
function stripped<T>(root: HTMLElement, draw: () => T): T {
	const changed: [HTMLElement, string, string][] = [];
	const set = (element: HTMLElement, name: string, value: string) => {
		changed.push([element, name, element.style.getPropertyValue(name)]);
		element.style.setProperty(name, value);
	};
	for (const control of root.querySelectorAll<HTMLElement>('.no-print'))
		set(control, 'display', 'none');
	for (const inner of root.querySelectorAll<HTMLElement>('[data-scrolls]')) inner.scrollLeft = 0;
	for (const head of root.querySelectorAll<HTMLElement>('thead, th'))
		if (getComputedStyle(head).position === 'sticky') set(head, 'position', 'static');
	try {
		return draw();
	} finally {
		for (const [element, name, before] of changed) element.style.setProperty(name, before);
	}
}

function drawn(root: HTMLElement, legend: Legend): HTMLCanvasElement {
	const rect = root.getBoundingClientRect();
	const wide = [...root.querySelectorAll('[data-scrolls]')].map((inner) => inner.scrollWidth);
	const width = Math.max(rect.width, ...wide) + 2 * MARGIN;
	const height = rect.height + HEAD + FOOT + 2 * MARGIN;
	const scale = Math.min(SCALE, LARGEST / Math.max(width, height));
	const canvas = document.createElement('canvas');
	canvas.width = Math.round(width * scale);
	canvas.height = Math.round(height * scale);
	const context = canvas.getContext('2d');
	if (!context) throw new Error('This browser cannot draw pictures.');
	context.scale(scale, scale);
	context.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
	context.fillRect(0, 0, width, height);
	frame(context, height, legend);
	walk({ context, left: rect.left - MARGIN, top: rect.top - MARGIN - HEAD }, root, null);
	return canvas;
}

/** The whole of `root`, also what is scrolled out of sight in it, under its title and over its source. */
export async function paint(root: HTMLElement, legend: Legend): Promise<Blob> {
	const canvas = stripped(root, () => drawn(root, legend));
	return new Promise((done, fail) =>
		canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('The picture is too large.')))),
	);
}
