import type { ReloadResult } from '../../../../src/lifecycle/reload/reload-result.js';
import { reloadReport } from '../../../../src/lifecycle/reload/reload-report.js';

const NOTHING: ReloadResult = {
  told: [],
  restarted: [],
  added: [],
  removed: [],
  down: [],
  outdated: [],
  problems: '',
  afterRestart: [],
};

describe('the log of a reload', () => {
  it.each<[Partial<ReloadResult>, string[]]>([
    [{}, ['log Configuration reloaded; no plugin is concerned.']],
    [{ restarted: ['a', 'b'], told: ['c'] }, ['log Configuration reloaded; restarted: a, b; told while they run: c.']],
    [{ added: ['a'], removed: ['b'] }, ['log Configuration reloaded; added: a; removed: b.']],
    [{ down: [{ plugin: 'a', state: 'disabled', reason: undefined }] }, ['log Configuration reloaded; disabled: a.']],
    [
      { restarted: ['b'], down: [{ plugin: 'a', state: 'failed', reason: 'No port.\nSecond line' }] },
      ['warn Configuration reloaded; restarted: b; "a" is failed: No port.'],
    ],
    [
      { added: ['a', 'b'], down: [{ plugin: 'b', state: 'suspended', reason: 'Resume it.' }] },
      ['warn Configuration reloaded; added: a; "b" is suspended: Resume it.'],
    ],
    [
      { problems: '1 problem with plugins:', outdated: ['x'], afterRestart: ['http.port'] },
      [
        'log Configuration reloaded; no plugin is concerned.',
        'warn 1 problem with plugins:',
        'warn Their code has changed, which counts from the next start of the server on: x.',
        'warn These changes count from the next start of the server on: http.port.',
      ],
    ],
  ])('says what is: %j', (result, lines) => {
    expect(reloadReport({ ...NOTHING, ...result }).map(({ level, text }) => `${level} ${text}`)).toEqual(lines);
  });
});
