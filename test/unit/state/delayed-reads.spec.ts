/** C-08: what plugins remember once more, on stores whose answers come late. */
import { delayReads } from '../../support/delayed-store.js';

delayReads();
for (const suite of ['change-feed', 'plugin-state', 'plugin-store']) await import(`./${suite}.spec.js`);
