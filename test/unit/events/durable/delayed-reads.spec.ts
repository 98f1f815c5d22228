/** C-08: every suite of durable delivery once more, on stores whose answers come late. */
import { delayReads } from '../../../support/delayed-store.js';

delayReads();
const SUITES = [
  'dead-letters',
  'deduplication',
  'durable-delivery',
  'key-order',
  'overtaking',
  'publish-gate',
  'replay',
  'retention',
];
for (const suite of SUITES) await import(`./${suite}.spec.js`);
