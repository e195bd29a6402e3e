/** In the place of kit's: the page that a test says. */
export { page, visit } from './page.svelte';
