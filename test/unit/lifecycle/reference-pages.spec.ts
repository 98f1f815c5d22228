import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STATE_MEANINGS, TRANSITIONS } from '../../../src/lifecycle/index.js';
import { referencePages } from '../../support/reference-pages.js';

const REFERENCE = join(import.meta.dirname, '../../../docs/reference');

describe('the reference', () => {
  it.each(Object.entries(referencePages({ STATE_MEANINGS, TRANSITIONS })))(
    'has %s as the code is (else: npm run docs)',
    async (name, text) => {
      expect(await readFile(join(REFERENCE, name), 'utf8')).toBe(text);
    },
  );
});
