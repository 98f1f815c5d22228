/** C-08: what an operator does with events once more, on stores whose answers come late. */
import { delayReads } from '../support/delayed-store.js';

delayReads();
await import('./event-operations.spec.js');
