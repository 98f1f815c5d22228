import { runInNewContext } from 'node:vm';
import {
  asSentence,
  deepFreeze,
  messageOf,
  nearestWord,
  PanottiError,
  reasonOf,
  toError,
} from '../../../src/common/index.js';

describe('the search for the word that was meant', () => {
  it.each([
    ['prot', ['host', 'port', 'prefix'], 'port'],
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
    expect([toError(caused).message, toError(caused).stack, toError(caused).cause]).toEqual([
      'readable',
      caused.stack,
      undefined,
    ]);
    const { message, cause } = toError(trap);
    expect([message, cause]).toEqual(['A value that is no Error was thrown: it cannot be printed', undefined]);
    expect(messageOf('x'.repeat(1_000_000))).toHaveLength(2_001);
  });

  const zodIssues = [
    { code: 'invalid_type', path: ['server', 'port'], message: 'expected number' },
    { code: 'custom', path: [], message: 'no host' },
  ];
  const panotti = new PanottiError({
    code: 'C',
    message: 'The manifest is wrong:\n  - name: is missing\n  - version: is old',
    fix: 'Do it.',
  });

  it.each<[string, unknown, string]>([
    ['announces its cause', new Error('Cannot connect:', { cause: new Error('refused') }), 'Cannot connect: refused'],
    [
      'announces a cause that announces another',
      new Error('a:', { cause: new Error('b:', { cause: new Error('c') }) }),
      'a: b: c',
    ],
    ['ends with a colon and has a text as its cause', new Error('a:', { cause: 'b:' }), 'a:'],
    ['says what happened beside its cause', new Error('a', { cause: new Error('b') }), 'a'],
    [
      'an announcement with problems below it',
      panotti,
      'The manifest is wrong: name: is missing\n  - version: is old\n  Fix: Do it.',
    ],
    ['one problem below an announcement', new Error('Wrong:\n\n  * port is taken\n'), 'Wrong: port is taken'],
    [
      'lines of Windows',
      new Error('Config validation error:\r\n"PORT" is required'),
      'Config validation error: "PORT" is required',
    ],
    ['an empty first line', new Error('\n\nsecond\nthird'), 'second\nthird'],
    ['a first line that says it', new Error('first\nsecond'), 'first\nsecond'],
    [
      'a list of issues in JSON',
      named('ZodError', JSON.stringify(zodIssues, null, 2)),
      'ZodError: server.port: expected number\n  - no host',
    ],
    ['a list in JSON that is none of issues', new Error('[\n  1\n]'), '[\n  1\n]'],
    [
      'several errors in one',
      new AggregateError([new Error('one'), new Error('two:\n  - b')]),
      'AggregateError: one\n  - two: b',
    ],
    [
      'several errors in one that has a message',
      new AggregateError([new Error('one'), new Error('two')], 'All failed.'),
      'All failed: one\n  - two',
    ],
    [
      'several errors in one that names the first',
      withErrors('port is a required field', ['port is a required field']),
      'port is a required field',
    ],
    [
      'several texts in one',
      withErrors('2 errors occurred', ['port is missing', 'host is empty']),
      '2 errors occurred: port is missing\n  - host is empty',
    ],
    [
      'several issues in one',
      withErrors('Invalid', [{ path: ['server', 0], message: 'no host' }]),
      'Invalid: server.0: no host',
    ],
    ['errors that cannot be read', withErrors('Invalid', [unreadableError()]), 'Invalid'],
    [
      'headings below an announcement',
      new Error('Wrong:\n  settings:\n    - port: is taken\n    - host: is gone'),
      'Wrong: settings: port: is taken\n    - host: is gone',
    ],
    ['nothing but headings', new Error('a:\nb:\nc:\nd:\ne:\nf'), 'a: b: c: d:\ne:\nf'],
    [
      'a heading between rulers',
      new Error('=====\n Invalid environment:\n-----\n  PORT: is missing\n====='),
      ' Invalid environment: PORT: is missing',
    ],
    ['no message', new RangeError(), 'RangeError'],
    ['an announcement of nothing', new Error('Wrong:'), 'Wrong:'],
    ['a text that is no error', 'plain', 'A value that is no Error was thrown: plain'],
  ])('is told with its first problem in the first line, of %s', (_title, thrown, text) => {
    expect(reasonOf(thrown)).toBe(text);
    expect(messageOf(thrown)).toBe(text.split('\n', 1)[0]);
  });

  it('is never told at full length', () => {
    expect(reasonOf(new Error('x\n'.repeat(1_000_000))).length).toBeLessThan(2_002);
  });

  it.each([
    ['It still starts', 'It still starts.'],
    ['It still starts.', 'It still starts.'],
    ['Really?', 'Really?'],
    ['He said "stop."', 'He said "stop."'],
    ['answered 503', 'answered 503.'],
    ['answered (503)', 'answered (503).'],
    ['wait…', 'wait…'],
  ])('ends like a sentence where another one follows: %j', (text, sentence) => {
    expect(asSentence(text)).toBe(sentence);
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

function withErrors(message: string, errors: unknown[]): Error {
  return Object.assign(new Error(message), { errors });
}

/** As toError lets pass: what is at fault is deeper than it looks. */
function unreadableError(): object {
  return Object.defineProperty({}, 'message', {
    get: () => {
      throw new Error('do not look');
    },
  });
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
