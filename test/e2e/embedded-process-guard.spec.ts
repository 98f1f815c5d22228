/** What an application that embeds the host is spared of what plugins do to its process: as a child process, because that is what is at stake. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const APPLICATION = join(import.meta.dirname, '../fixtures/embedded/guarded.js');

type Deed = 'reject' | 'throw' | 'exit' | 'move' | 'leak' | 'block';

interface Settings {
  readonly of?: 'plugin' | 'application';
  readonly processGuard?: boolean;
  readonly end?: boolean;
  readonly onUncaught?: boolean;
  readonly telemetry?: object;
}

interface End {
  readonly code: number;
  /** What the application said itself. */
  readonly lines: string[];
  readonly output: string;
}

let dataDirectory: string;
beforeAll(async () => (dataDirectory = await mkdtemp(join(tmpdir(), 'panotti-guard-'))));
afterAll(() => rm(dataDirectory, { recursive: true, force: true }));

function run(deed: Deed, settings: Settings = {}): Promise<End> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [APPLICATION, JSON.stringify({ deed, dataDirectory, ...settings })],
      { timeout: 600_000 },
      (error, out, err) => {
        const lines = out.split('\n').filter((line) => /^(?:goes on|uncaught|moved|WORKING)/.test(line));
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, lines, output: out + err });
      },
    );
  });
}

const GOES_ON = 'goes on, ready';

describe('an application that embeds the host without a process guard', () => {
  it.each<[Deed, Partial<End>]>([
    ['reject', { code: 1, lines: [] }],
    ['throw', { code: 1, lines: [] }],
    ['exit', { code: 3, lines: [] }],
    ['move', { code: 0, lines: ['moved to /', GOES_ON] }],
    ['leak', { code: 0, lines: [GOES_ON] }],
  ])('is left alone with what a plugin does to its process: %s', async (deed, expected) => {
    const { code, lines, output } = await run(deed);

    expect({ code, lines }).toEqual(expected);
    expect(output).not.toContain('in plugin "deeds"');
  });
});

describe('an application that embeds the host with a process guard', () => {
  it.each<[Deed, Partial<End>, string]>([
    [
      'reject',
      { code: 0, lines: [GOES_ON] },
      'A promise was rejected and nobody handled it in plugin "deeds": strayed',
    ],
    ['throw', { code: 1, lines: [] }, 'An exception was thrown and nobody caught it in plugin "deeds": strayed'],
    ['exit', { code: 3, lines: [] }, 'in plugin "deeds": The process was ended with code 3'],
    [
      'move',
      { code: 0, lines: ['WORKING_DIRECTORY_FIXED', GOES_ON] },
      'The working directory was to be changed, and was not in plugin "deeds"',
    ],
    ['leak', { code: 0, lines: [GOES_ON] }, 'Listeners are added again and again and never removed in plugin "deeds"'],
  ])('is told who did it, and goes on where it can: %s', async (deed, expected, told) => {
    const { code, lines, output } = await run(deed, { processGuard: true });

    expect({ code, lines }).toEqual(expected);
    expect(output).toContain(told);
  });

  it.each<[Deed, Partial<End>]>([
    ['reject', { code: 1, lines: [] }],
    ['throw', { code: 1, lines: [] }],
    ['exit', { code: 3, lines: [] }],
    ['move', { code: 0, lines: ['moved to /', GOES_ON] }],
    ['leak', { code: 0, lines: [GOES_ON] }],
  ])('finds nothing changed about what it does itself: %s', async (deed, expected) => {
    const { code, lines, output } = await run(deed, { processGuard: true, of: 'application' });

    expect({ code, lines }).toEqual(expected);
    expect(output).not.toMatch(/in plugin|"context":"StrayErrors"/);
  });

  it('decides itself what becomes of an exception that a plugin throws, and is not taken for the plugin when it ends', async () => {
    const { code, lines, output } = await run('throw', { processGuard: true, onUncaught: true });

    expect([code, lines[0]]).toEqual([70, 'uncaught: strayed']);
    expect(output).toContain('nobody caught it in plugin "deeds": strayed');
    expect(output).not.toContain('The process was made to end');
  });

  it('leaves no listener behind when it closes', async () => {
    const { output } = await run('leak', { processGuard: true });
    const counts = (word: string): number[] =>
      (new RegExp(`${word} ([\\d,]+)`).exec(output)?.[1] ?? '').split(',').map(Number);
    const without = /began ([\d,]+)/
      .exec((await run('leak')).output)?.[1]
      ?.split(',')
      .map(Number);

    expect(counts('closed')).toEqual(without);
    expect(counts('began')).toEqual(without?.map((count) => count + 1));
  });

  it('is ended by its own function when a plugin has blocked it for longer than is allowed, and is told where there is none', async () => {
    const telemetry = { watchdogMaxBlock: 0.3 };
    const ended = await run('block', { end: true, telemetry });
    const unguarded = await run('leak', { telemetry });

    expect(ended).toMatchObject({
      code: 70,
      output: expect.stringMatching(/by plugin "deeds": .* longer than telemetry\.watchdogMaxBlock/),
    });
    expect(ended.output).not.toContain('The process was made to end');
    expect(unguarded).toMatchObject({
      code: 0,
      output: expect.stringContaining('telemetry.watchdogMaxBlock has no effect'),
    });
    expect(ended.output).not.toContain('has no effect');
  });
});
