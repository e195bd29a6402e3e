import { solve } from './solve';
import type { Challenge } from './types';

self.onmessage = (event: MessageEvent<Challenge>) => self.postMessage(solve(event.data));
