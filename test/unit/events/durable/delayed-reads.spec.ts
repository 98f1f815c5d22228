/** C-08: every suite of durable delivery once more, on stores whose answers come late. */
import { delayReads } from '../../../support/delayed-store.js';

delayReads();
const SUITES = [
  '../operations/dead-letters',
  './intake/deduplication',
  './session/durable-delivery',
  './session/key-order',
  './intake/overtaking',
  './intake/publish-gate',
  '../operations/replay',
  './upkeep/retention',
];
for (const suite of SUITES) await import(`${suite}.spec.js`);
