import fc from 'fast-check';
import { compareCodePoints } from '../../../src/common/index.js';

describe('the order of texts by code points', () => {
  it('is that of their bytes in UTF-8, whatever the texts are', () => {
    const near = fc.string({
      unit: fc.constantFrom('a', 'b', '\u0000', '\ud7ff', '\ue000', '\uffff', '🦊', '\u{10ffff}'),
    });
    const any = fc.oneof(near, fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2_000 },
    );
  });
});
