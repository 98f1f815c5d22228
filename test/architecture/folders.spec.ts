import { folderCircles, folderViolations } from './rules/folders.js';

const TABLES = {
  events: {
    'names.ts': [],
    event: ['names.ts'],
    'durable/session': ['event'],
    durable: ['durable/session'],
    '.': ['event', 'durable'],
  },
};

describe('the rule of folders in a room', () => {
  it.each([
    ['events/event/a.ts', '../names.js', []],
    ['events/durable/session/a.ts', '../../event/b.js', []],
    ['events/durable/a.ts', './session/b.js', []],
    ['events/bus.ts', './durable/b.js', []],
    ['events/event/a.ts', '../../common/index.js', []],
    ['events/event/a.ts', '../bus.js', ['imports "../bus.js"; events/event may import names.ts']],
    ['events/durable/session/a.ts', '../b.js', ['imports "../b.js"; events/durable/session may import event']],
    ['events/names.ts', './event/b.js', ['imports "./event/b.js"; events/names.ts may import no other folder']],
    ['state/a.ts', './anything/b.js', []],
  ])('judges an import in %s of %s by the row of the deepest folder', (path, target, problems) => {
    const found = folderViolations([{ path, text: `import '${target}';` }], TABLES);

    expect(found).toEqual(problems.map((problem) => `src/${path}:1  ${problem}`));
  });

  it('refuses a folder without a row', () => {
    const [problem] = folderViolations([{ path: 'events/heap/a.ts', text: '' }], TABLES);

    expect(problem).toMatch(
      /^src\/events\/heap\/a\.ts:1 {2}"heap" is no folder of events; they are names\.ts, event, /,
    );
  });

  it('finds the folders of a table that reach themselves', () => {
    const table = { a: ['b'], b: ['c'], c: ['a'], d: ['a'] };

    expect(folderCircles({ room: table })).toEqual(
      ['room/a', 'room/b', 'room/c'].map((name) => `${name} reaches itself`),
    );
  });
});
