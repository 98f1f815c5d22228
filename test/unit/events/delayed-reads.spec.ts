/** C-08: units of work and acknowledgements once more, on stores whose answers come late. */
import { delayReads } from '../../support/delayed-store.js';

delayReads();
for (const suite of ['durable/session/acknowledgements', 'unit/unit-of-work']) await import(`./${suite}.spec.js`);
