import DOMPurify, { type Config } from 'dompurify';
import { isSafeLink } from './engine';

const TEXT_TAGS =
	'a p br hr em strong s del code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 ' +
	'div span table thead tbody tr th td';
const MATH_TAGS =
	'math mrow mi mo mn ms mtext mspace msup msub msubsup mfrac msqrt mroot mtable mtr mtd ' +
	'mover munder munderover mstyle mpadded mphantom menclose mmultiscripts mprescripts none';
const TEXT_ATTRIBUTES = 'href class dir start data-language';
const MATH_ATTRIBUTES =
	'display mathvariant stretchy fence separator accent accentunder columnalign rowspacing ' +
	'columnspacing columnlines rowlines scriptlevel displaystyle lspace rspace width height depth ' +
	'voffset linethickness minsize maxsize symmetric notation';

const words = (list: string) => list.split(' ');

const CONFIG: Config = {
	ALLOWED_TAGS: [...words(TEXT_TAGS), ...words(MATH_TAGS), '#text'],
	ALLOWED_ATTR: [...words(TEXT_ATTRIBUTES), ...words(MATH_ATTRIBUTES)],
	ALLOW_DATA_ATTR: false,
	ALLOW_ARIA_ATTR: false,
	FORBID_CONTENTS: ['annotation', 'annotation-xml', 'script', 'style', 'svg', 'template', 'title'],
	ALLOWED_NAMESPACES: ['http://www.w3.org/1999/xhtml', 'http://www.w3.org/1998/Math/MathML'],
	SANITIZE_NAMED_PROPS: true,
};

/** Classes the page itself gives: an answer must not borrow the look of a button of ours. */
const SAFE_CLASS = /^(hljs(-[a-z_]+)*_?|[a-z]+_|align-(right|center)|table-scroll|formula|tex)$/;

function tidyClass(element: Element): void {
	if (!element.hasAttribute('class')) return;
	const kept = [...element.classList].filter((name) => SAFE_CLASS.test(name));
	if (kept.length > 0) element.setAttribute('class', kept.join(' '));
	else element.removeAttribute('class');
}

function tidyLink(element: Element): void {
	const href = element.getAttribute('href');
	if (href === null) return;
	if (element.tagName !== 'A' || !isSafeLink(href)) {
		element.removeAttribute('href');
		return;
	}
	element.setAttribute('target', '_blank');
	element.setAttribute('rel', 'noopener noreferrer nofollow ugc');
}

/** What scrolls sideways must be reachable by keyboard. */
function tidyScroll(element: Element): void {
	if (element.matches('pre, .table-scroll')) element.setAttribute('tabindex', '0');
}

const purify = DOMPurify();
purify.setConfig(CONFIG);
purify.addHook('afterSanitizeAttributes', (node) => {
	tidyClass(node);
	tidyLink(node);
	tidyScroll(node);
});

/** The last word on what a contender's text may put into the page. */
export function sanitise(html: string): string {
	return purify.sanitize(html);
}
