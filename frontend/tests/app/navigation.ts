/** In the place of kit's: remembers where it was to go. */
import { vi } from 'vitest';

export const goto = vi.fn<(to: string, options?: object) => Promise<void>>();
