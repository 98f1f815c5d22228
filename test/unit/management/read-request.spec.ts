import { optional, required } from '../../../src/management/operations/request-shape.js';
import { readRequest } from '../../../src/management/read-request.js';

const SHAPE = {
  id: required('text', 'the id'),
  name: optional('pattern', 'a name'),
  from: optional('moment', 'events of this moment or later'),
  limit: optional('count', 'how many'),
  after: optional('position', 'events above this position'),
};

describe('a request over the socket', () => {
  it.each([
    [{ id: 'a' }],
    [{ id: '', name: 'recording.**', from: -1, limit: 1, after: 0 }],
    [{ id: 'x'.repeat(1_000), limit: 1_000, after: Number.MAX_SAFE_INTEGER }],
  ])('is taken as it is: %j', (body) => {
    expect(readRequest(SHAPE, body)).toEqual(body);
  });

  it.each([
    [null, 'it is not an object'],
    ['text', 'it is not an object'],
    [[], 'it is not an object'],
    [{}, 'the field "id" is missing'],
    [{ id: null }, 'the field "id" must be text of at most 1000 characters'],
    [{ id: 'x'.repeat(1_001) }, 'the field "id" must be text of at most 1000 characters'],
    [{ id: 'a', name: 'a b' }, 'the field "name" must be the name of an event, or a pattern such as recording.*'],
    [{ id: 'a', name: 7 }, 'the field "name" must be the name of an event, or a pattern such as recording.*'],
    [{ id: 'a', from: 0.5 }, 'the field "from" must be a time in whole milliseconds since 1970'],
    [{ id: 'a', limit: 0 }, 'the field "limit" must be a whole number from 1 to 1000'],
    [{ id: 'a', limit: 1_001 }, 'the field "limit" must be a whole number from 1 to 1000'],
    [{ id: 'a', limit: '5' }, 'the field "limit" must be a whole number from 1 to 1000'],
    [{ id: 'a', after: -1 }, 'the field "after" must be a whole number from 0'],
    [{ id: 'a', ids: 'b' }, 'the field "ids" is unknown'],
    [{ id: 'a', toString: 'b' }, 'the field "toString" is unknown'],
    [{ id: 'a', ['x"\u001B'.repeat(20)]: 1 }, 'is unknown'],
    [{ names: 1, limit: 0 }, 'the field "id" is missing; the field "limit" must be a whole number from 1 to 1000; the'],
  ])('is refused with every problem: %j', (body, problem) => {
    expect(() => readRequest(SHAPE, body)).toThrow(
      expect.objectContaining({
        code: 'CONTROL_REQUEST_INVALID',
        message: expect.stringContaining(problem) as string,
      }) as Error,
    );
  });

  it('is refused for a field with the name of the prototype', () => {
    expect(() => readRequest(SHAPE, JSON.parse('{"id":"a","__proto__":{"limit":1}}'))).toThrow(
      'the field "__proto__" is unknown',
    );
  });
});
