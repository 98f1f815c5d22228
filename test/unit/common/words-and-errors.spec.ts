import { runInNewContext } from 'node:vm';
import { deepFreeze, messageOf, nearestWord, PanottiError, toError } from '../../../src/common/index.js';

describe('the search for the word that was meant', () => {
  it.each([
    ['timout', ['timeout', 'retryCount'], 'timeout'],
    ['retry_count', ['timeout', 'retryCount'], 'retryCount'],
    ['maxBites', ['maxBytes', 'maxBits'], 'maxBytes'],
    ['colour', ['timeout', 'retryCount'], undefined],
    ['x', ['timeout'], undefined],
    ['', [], undefined],
  ])('finds for %p among %p: %p', (word, candidates, meant) => {
    expect(nearestWord(word, candidates)).toBe(meant);
  });
});

describe('what was thrown', () => {
  it('becomes an error whatever it is', () => {
    const error = new Error('as it is');
    const unprintable = {
      toString: () => {
        throw new Error('no');
      },
    };

    expect(toError(error)).toBe(error);
    expect(toError(runInNewContext('new TypeError("from elsewhere")'))).toMatchObject({ message: 'from elsewhere' });
    expect([undefined, 'text', 7, Object.create(null), unprintable].map((thrown) => toError(thrown).message)).toEqual([
      'A value that is no Error was thrown: undefined',
      'A value that is no Error was thrown: text',
      'A value that is no Error was thrown: 7',
      'A value that is no Error was thrown: [object Object]',
      'A value that is no Error was thrown: [object Object]',
    ]);
  });

  it('gets a stand-in where a log could not look at it, and loses a cause that it could not look at', () => {
    const unreadable = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('do not look');
      },
    });
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error('do not look');
        },
      },
    );

    expect(toError(unreadable).message).toBe('An Error that cannot be read was thrown.');
    const caused = new Error('readable', { cause: unreadable });
    expect([toError(caused).message, toError(caused).stack, toError(caused).cause]).toEqual(['readable', caused.stack, undefined]);
    const { message, cause } = toError(trap);
    expect([message, cause]).toEqual(['A value that is no Error was thrown: it cannot be printed', undefined]);
    expect(messageOf('x'.repeat(1_000_000))).toHaveLength(2_001);
  });

  it('is told in one line', () => {
    expect(messageOf(new Error('first\nsecond'))).toBe('first');
    expect(messageOf(new RangeError())).toBe('RangeError');
  });
});

describe('an error of Panotti', () => {
  it('says its code, its fix, its plugin and its cause', () => {
    const cause = new Error('below');
    class Specific extends PanottiError {}
    const error = new Specific({ code: 'CODE', message: 'What happened.', fix: 'Do this.', plugin: 'shop', cause });

    expect(error).toMatchObject({ name: 'Specific', code: 'CODE', fix: 'Do this.', plugin: 'shop', cause });
    expect(error.message).toBe('What happened.\n  Fix: Do this.');
  });
});

describe('deep freezing', () => {
  it('freezes objects, lists and instances below, and leaves buffers alone', () => {
    class Inner {
      list = [{ deep: true }];
    }
    const value = deepFreeze({ inner: new Inner(), bytes: new Uint8Array(1) });

    expect(Object.isFrozen(value.inner.list[0])).toBe(true);
    expect(() => {
      value.inner.list.push({ deep: false });
    }).toThrow(TypeError);
    expect(Object.isFrozen(value.bytes)).toBe(false);
  });

  it('ends on a value that contains itself', () => {
    const ring: { self?: object } = {};
    ring.self = ring;

    expect(Object.isFrozen(deepFreeze(ring).self)).toBe(true);
  });
});
