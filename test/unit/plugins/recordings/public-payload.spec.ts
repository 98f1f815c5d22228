import { withoutDirectory } from '../../../../src/plugins/recordings/public-payload.js';

describe('the payload that clients see', () => {
  it.each<[string, unknown, unknown]>([
    ['a path', { file: '/srv/data/plugins/a/b.wav' }, { file: 'plugins/a/b.wav' }],
    ['a path deep inside', { all: [{ files: ['/srv/data/x'] }] }, { all: [{ files: ['x'] }] }],
    [
      'a path in a message',
      { reason: "ENOENT: no such file, open '/srv/data/x/y'" },
      { reason: "ENOENT: no such file, open 'x/y'" },
    ],
    ['several paths in a text', { text: 'from /srv/data/a to /srv/data/b' }, { text: 'from a to b' }],
    ['the directory itself', { folder: '/srv/data' }, { folder: '.' }],
    ['another directory that begins alike', { file: '/srv/data-of-others/x' }, { file: '/srv/data-of-others/x' }],
    ['what is not a text', { n: 1, yes: true, none: null, list: [] }, { n: 1, yes: true, none: null, list: [] }],
    ['an instance of a class', Object.assign(new (class Ended {})(), { file: '/srv/data/x' }), { file: 'x' }],
    ['nothing', undefined, null],
  ])('has paths relative to the data directory: %s', (_what, payload, expected) => {
    expect(withoutDirectory(payload, '/srv/data')).toEqual(expected);
  });
});
