import { arrowViolations, doorViolations, pluginViolations } from './rules/arrows.js';
import { cycleViolations } from './rules/cycles.js';
import { effectViolations } from './rules/effects.js';
import { lengthViolations, starExportViolations } from './rules/file-shape.js';
import { importsOf, type SourceFile } from './rules/source-file.js';

/** One invented file whose lines are the given ones. */
const source = (path: string, ...lines: string[]): SourceFile => ({ path, text: lines.join('\n') });

describe('the reading of imports', () => {
  it('finds every way in which a file names another', () => {
    const file = source(
      'health/a.ts',
      "import { b } from './b.js';",
      "import type { C } from '../common/index.js';",
      "export { d } from '../plugin/index.js';",
      "const e = await import('../host/index.js');",
      "type F = import('../events/index.js').F;",
      "import g = require('../state/index.js');",
      "const h = require('../config/index.js');",
      "import 'panotti';",
      "import { Module } from '@nestjs/common';",
      "// import './comment.js'",
      'const text = "import \'./text.js\'";',
    );

    expect(importsOf(file).map(({ target, line }) => [target, line])).toEqual([
      ['health/b.ts', 1],
      ['common/index.ts', 2],
      ['plugin/index.ts', 3],
      ['host/index.ts', 4],
      ['events/index.ts', 5],
      ['state/index.ts', 6],
      ['config/index.ts', 7],
      ['index.ts', 8],
      [undefined, 9],
    ]);
  });
});

describe('the rule of arrows', () => {
  it('names every import that points upwards or sideways, with what is allowed', () => {
    const files = [
      source(
        'health/a.ts',
        "import '../common/index.js';",
        "import '../lifecycle/index.js';",
        "import type { X } from '../events/index.js';",
      ),
      source('common/b.ts', "import '@nestjs/common';", "import '../config/index.js';"),
      source('storage/c.ts', "import '../security/index.js';"),
      source('host/d.ts', "import 'panotti';"),
    ];

    expect(arrowViolations(files)).toEqual([
      'src/health/a.ts:2  imports "../lifecycle/index.js"; health may import common, config, telemetry, plugin',
      'src/health/a.ts:3  imports "../events/index.js"; health may import common, config, telemetry, plugin',
      'src/common/b.ts:2  imports "../config/index.js"; common may import no room',
      'src/storage/c.ts:1  imports "../security/index.js"; storage may import common, config',
      expect.stringContaining('src/host/d.ts:1  imports "panotti"; host may import common'),
    ]);
  });

  it('refuses a room that the house does not have', () => {
    expect(arrowViolations([source('utils/text.ts', '')])).toEqual([
      expect.stringContaining('src/utils/text.ts:1  "utils" is no room'),
    ]);
    expect(arrowViolations([source('constructor/text.ts', '')])).toHaveLength(1);
  });

  it('lets the entries join the rooms', () => {
    const files = [
      source('main.ts', "import './server/index.js';"),
      source('server/serve.ts', "import '../app.module.js';", "import '../lifecycle/index.js';"),
      source('app.module.ts', "import './lifecycle/index.js';", "import './management/index.js';"),
      source('index.ts', "export { X } from './events/index.js';"),
    ];

    expect([...arrowViolations(files), ...doorViolations(files)]).toEqual([]);
  });
});

describe('the rule of doors', () => {
  it('names every import of a file inside another room', () => {
    const files = [
      source('health/a.ts', "import '../plugin/manifest.js';", "import '../plugin/index.js';", "import './deep/b.js';"),
      source('main.ts', "import './config/load.js';"),
    ];

    expect(doorViolations(files)).toEqual([
      'src/health/a.ts:1  imports "../plugin/manifest.js" past the door; allowed is plugin/index.ts',
      'src/main.ts:1  imports "./config/load.js" past the door; allowed is config/index.ts',
    ]);
  });
});

describe('the rule of second doors', () => {
  it('lets another room import the rows of operations, and nothing behind them', () => {
    const file = source(
      'cli/a.ts',
      "import '../management/operations/index.js';",
      "import '../management/operations/operation.js';",
    );

    expect(doorViolations([file])).toEqual([
      'src/cli/a.ts:2  imports "../management/operations/operation.js" past the door; allowed is management/index.ts',
    ]);
  });
});

describe('the rule of plugins', () => {
  it('names every import that a stranger could not write', () => {
    const files = [
      source(
        'plugins/a/a.plugin.ts',
        "import 'panotti';",
        "import './config.js';",
        "import 'rxjs';",
        "import 'node:fs';",
      ),
      source(
        'plugins/a/deep/b.ts',
        "import '../config.js';",
        "import '../../b/b.plugin.js';",
        "import '../../../index.js';",
      ),
      source('health/c.ts', "import '../common/index.js';"),
    ];

    expect(pluginViolations(files).map((text) => text.split(';')[0])).toEqual([
      'src/plugins/a/deep/b.ts:2  imports "../../b/b.plugin.js"',
      'src/plugins/a/deep/b.ts:3  imports "../../../index.js"',
    ]);
  });
});

describe('the rule of cycles', () => {
  it('names the import that closes a circle, with the path', () => {
    const files = [
      source('a/one.ts', "import './two.js';"),
      source('a/two.ts', '', "import type { T } from './three.js';"),
      source('a/three.ts', "import './two.js';", "import './four.js';"),
      source('a/four.ts', "import './four.js';"),
    ];

    expect(cycleViolations(files)).toEqual([
      'src/a/three.ts:1  closes a cycle: a/two.ts -> a/three.ts -> a/two.ts',
      'src/a/four.ts:1  closes a cycle: a/four.ts -> a/four.ts',
    ]);
  });

  it('allows two ways to the same file', () => {
    const files = [
      source('a/one.ts', "import './two.js';", "import './three.js';"),
      source('a/two.ts', "import './three.js';"),
      source('a/three.ts'),
    ];

    expect(cycleViolations(files)).toEqual([]);
  });
});

describe('the rules of file shape', () => {
  it('allow 300 lines and refuse 301', () => {
    const file = (lines: number): SourceFile => source('a/long.ts', ...Array<string>(lines).fill('x'), '');

    expect(lengthViolations([file(300)])).toEqual([]);
    expect(lengthViolations([file(301)])).toEqual(['src/a/long.ts:301  has 301 lines; allowed are 300']);
  });

  it('refuse `export *` with and without a name', () => {
    const file = source(
      'a/index.ts',
      "export { a } from './a.js';",
      "export * from './b.js';",
      "export * as c from './c.js';",
      'export const d = 1;',
      'export {};',
    );

    expect(starExportViolations([file]).map((text) => text.split(' ')[0])).toEqual([
      'src/a/index.ts:2',
      'src/a/index.ts:3',
    ]);
  });
});

describe('the rule of effects', () => {
  it.each([
    'process.env',
    "process.env['HOME']",
    "process['env']",
    'globalThis.process.env',
    'const { env } = process;',
    'const { env: environment, argv } = process;',
    "import { env } from 'node:process';",
    'Date.now()',
    'const read = Date.now;',
    'performance.now()',
    'globalThis.performance.now()',
    'process.hrtime.bigint()',
    'new Date()',
    'new Date',
    'Date()',
    'setTimeout(f, 1)',
    'globalThis.setTimeout(f, 1)',
    'const delay = setTimeout;',
    'run({ setTimeout })',
    'setInterval(f, 1)',
    'AbortSignal.timeout(5)',
    "import { setTimeout } from 'node:timers/promises';",
    "import timers from 'timers';",
    "Reflect.getMetadata('a', b)",
    'Reflect.ownKeys(a)',
    "import { readFile } from 'node:fs/promises';",
    "const { readFileSync } = await import('fs');",
    'process.exit(1)',
    'process.abort()',
    "console.log('a')",
    'console?.error(a)',
    "import { log } from 'node:console';",
    "import { exit as leave } from 'process';",
    'await Promise.race([a, b])',
    'const { race } = Promise;',
    'AbortSignal.any([a, b])',
    "signal.addEventListener('abort', f)",
    "context?.signal.addEventListener('abort', f, { once: true })",
    "import { addAbortListener } from 'node:events';",
    'addAbortListener(signal, f)',
  ])('finds %s', (line) => {
    const found = effectViolations([source('events/a.ts', '', line)]);

    expect(found.map((text) => text.split(' ')[0])).toContain('src/events/a.ts:2');
  });

  it.each([
    'new Date(0)',
    'new Date(event.time)',
    'process.version',
    'process.exitCode = 1',
    'clock.now()',
    'clock.setTimeout(f)',
    'class A { setTimeout(): void {} }',
    'const a = { setTimeout: 1 };',
    'type D = Date;',
    'const { version } = process;',
    'environment.env',
    '// process.env, Date.now(), console.log()',
    "const text = 'process.env';",
    'setImmediate(f)',
    "import { kill } from 'node:process';",
    "import { PerformanceObserver } from 'node:perf_hooks';",
  ])('does not mistake %s for one', (line) => {
    expect(effectViolations([source('events/a.ts', line)])).toEqual([]);
  });

  it.each([
    ['config/environment.ts', 'process.env'],
    ['config/load.ts', "import { readFile } from 'node:fs/promises';"],
    ['common/clock.ts', 'Date.now(), setTimeout(f, 1), performance.now()'],
    ['events/subscription.metadata.ts', 'Reflect.getMetadata(a, b)'],
    ['storage/sqlite.ts', "import 'node:fs';"],
    ['host/discovery.ts', "import 'node:fs';"],
    ['host/discovery/folder.ts', "import 'node:fs';"],
    ['plugins/example/a.ts', "import 'node:fs';"],
    ['main.ts', 'process.exit(1)'],
    ['common/abort.ts', "signal.addEventListener('abort', f)"],
    ['cli/panotti.ts', 'process.exit(1)'],
  ])('lets %s do %s', (path, line) => {
    expect(effectViolations([source(path, line)])).toEqual([]);
  });

  it.each([
    ['common/clock-face.ts', 'Date.now()'],
    ['host/catalog.ts', "import 'node:fs';"],
    ['host/discoveries.ts', "import 'node:fs';"],
    ['cli/list.command.ts', 'process.exit(1)'],
    ['plugins/example/a.ts', 'process.env'],
    ['main.ts', 'process.env'],
    ['config/metadata.ts', 'Reflect.getMetadata(a, b)'],
  ])('does not let %s do %s', (path, line) => {
    expect(effectViolations([source(path, line)])).toHaveLength(1);
  });
});
