import { MediaQuery } from 'svelte/reactivity';

/** Below this width the two sides become tabs. The same width stands in the style sheets. */
export const narrow = new MediaQuery('max-width: 47.5rem');
export const touch = new MediaQuery('hover: none');
export const calm = new MediaQuery('prefers-reduced-motion: reduce');
