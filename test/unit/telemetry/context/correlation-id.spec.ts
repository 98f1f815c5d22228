import * as fc from 'fast-check';
import { CORRELATION_HEADER, correlationIdOf } from '../../../../src/telemetry/index.js';

const requestWith = (given: string | string[] | undefined) => ({ headers: { [CORRELATION_HEADER]: given } });

describe('the correlation id of a request', () => {
  it.each(['a', 'order-7', '0af7651916cd43dd8448eb211c80319c', 'A.b_c-9', 'x'.repeat(128)])(
    'is the one that the caller gave: %s',
    (given) => {
      expect(correlationIdOf(requestWith(given))).toBe(given);
    },
  );

  it.each([undefined, '', 'x'.repeat(129), 'a b', 'a,b', 'ü', 'a\nb', '<script>', ['a', 'b']])(
    'is a new one instead of %p',
    (given) => {
      expect(correlationIdOf(requestWith(given))).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    },
  );

  it('stays the same for a request, however often it is asked for', () => {
    const request = requestWith(undefined);

    expect(correlationIdOf(request)).toBe(correlationIdOf(request));
  });

  it('is safe in a header and in a log for any header of a caller', () => {
    fc.assert(
      fc.property(fc.string(), (given) => expect(correlationIdOf(requestWith(given))).toMatch(/^[\w.-]{1,128}$/)),
    );
  });
});
