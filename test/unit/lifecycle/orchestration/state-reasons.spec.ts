import type { PluginRuntime } from '../../../../src/lifecycle/orchestration/plugin-runtime.js';
import {
  blame,
  failureReason,
  restingReason,
  retryReason,
  startReport,
} from '../../../../src/lifecycle/orchestration/state-reasons.js';
import { PluginNotReadyError } from '../../../../src/plugin/index.js';

interface Situation {
  readonly name?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly problems?: readonly string[];
  readonly blockedBy?: PluginRuntime;
}

/** As much of a plugin as its reasons are made of. */
function runtime({ name = 'mail', state = 'blocked', reason, problems = [], blockedBy }: Situation): PluginRuntime {
  const entry = {
    name,
    problems: problems.map((message) => ({ message })),
    section: { required: false },
    status: 'blocked',
  };
  return { name, entry, machine: { state, reason }, blockedBy } as unknown as PluginRuntime;
}

/** A line of the log, as the state and its reason make it. */
const line = (reason: string | undefined, state = 'blocked'): string => `Plugin "mail" is ${state}: ${reason}`;
const countOf = (text: string, part: string): number => text.split(part).length - 1;

describe('the reason for the state of a plugin', () => {
  it.each([
    ['a problem that begins with the plugin', 'Plugin "mail" is blocked: it needs "db".'],
    ['one about it', 'Plugin "mail" needs the command "sox".'],
    ['one without its name', 'The command "sox" is missing.'],
  ])('names the plugin no second time: %s', (_title, problem) => {
    const reason = restingReason('blocked', runtime({ problems: [problem] }));

    expect(countOf(line(reason), 'Plugin "mail"')).toBe(1);
  });

  it('lists every problem of an invalid plugin on its own line', () => {
    const reason = restingReason(
      'invalid',
      runtime({ problems: ['Plugin "mail" has no port.', 'Plugin "mail" has no host.'] }),
    );

    expect(reason).toBe('It has no port.\nIt has no host.');
  });

  it.each([
    [
      'a heading that ends with a colon',
      'The settings are wrong:\n  port: must be a number\n  host: is missing',
      'port: must be a number',
    ],
    ['one line', 'No port is left.', 'No port is left.'],
  ])('says something on its first line: %s', (_title, message, expected) => {
    const [first = ''] = failureReason(runtime({}), new Error(message)).split('\n');

    expect(first).toContain(expected);
    expect(first.endsWith(':')).toBe(false);
  });

  it.each([
    ['a text without an end', 'the database starts', 'the database starts. Next attempt in 1.5 s.'],
    ['a sentence', 'The database starts.', 'The database starts. Next attempt in 1.5 s.'],
    ['a status', 'It answers 503.', 'It answers 503. Next attempt in 1.5 s.'],
    ['a status without an end', 'it answers 503', 'it answers 503. Next attempt in 1.5 s.'],
    ['a question', 'Is it up?', 'Is it up? Next attempt in 1.5 s.'],
  ])('is a sentence of its own before that about the next attempt: %s', (_title, message, expected) => {
    const [first = ''] = retryReason(new PluginNotReadyError(message), 1_500).split('\n');

    expect(first.toLowerCase()).toBe(expected.toLowerCase());
  });

  it('names what is in the way once, whatever its own reason says', () => {
    const db = runtime({ name: 'db', state: 'failed', reason: 'No port.' });
    const mailbox = runtime({ name: 'mailbox', state: 'blocked', reason: blame(db), blockedBy: db });

    expect(blame(db)).toBe('It depends on "db", which is failed.');
    expect(blame(mailbox)).toBe('It depends on "mailbox", which is blocked: It depends on "db", which is failed.');
  });
});

describe('the report of a start', () => {
  it('reports each plugin that is not up with the first line of its reason, except those that are not meant to run', () => {
    const report = startReport([
      runtime({ name: 'web', state: 'failed', reason: 'No port.\n  at start', problems: ['No port.'] }),
      runtime({ name: 'db', state: 'blocked', reason: 'It needs "disk".', problems: ['It needs "disk".'] }),
      runtime({ name: 'off', state: 'disabled' }),
      runtime({ name: 'up', state: 'ready' }),
    ]);

    expect(report).toBe('2 of 4 plugins are not up:\n  "db" is blocked: It needs "disk".\n  "web" is failed: No port.');
  });
});
