import { RepeatedLines } from '../../../../src/telemetry/log/repeated-lines.js';
import { FakeClock } from '../../../support/fake-clock.js';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import { activeContext, runInContext, StrayErrors } from '../../../../src/telemetry/index.js';
import { PluginFiles } from '../../../../src/telemetry/context/plugin-files.js';

function strayErrors() {
  const registry = new Registry();
  const errors = new StrayErrors(
    registry,
    new PluginFiles([{ plugin: 'mail', file: '/plugins/mail/index.js' }]),
    new RepeatedLines(new FakeClock()),
  );
  const told: unknown[] = [];
  const subscription = errors.subscribe({
    strayError: (plugin, kind, error) => told.push([plugin, kind, error.message]),
  });
  return { registry, errors, told, subscription };
}

function errorFrom(file: string): Error {
  return Object.assign(new Error('lost'), { stack: `Error: lost\n    at send (${file}:1:2)` });
}

describe('stray errors', () => {
  let logged: unknown[];

  beforeEach(() => {
    logged = [];
    const keep = (level: string) => (message: unknown) => void logged.push([level, activeContext()?.plugin, message]);
    const ignore = () => undefined;
    Logger.overrideLogger({ log: ignore, warn: ignore, error: keep('error'), fatal: keep('fatal') });
  });

  afterEach(() => Logger.overrideLogger(new ConsoleLogger()));

  it('belong to the plugin of the async context, and are logged, counted and told', async () => {
    const { registry, errors, told } = strayErrors();
    const plugin = runInContext({ plugin: 'notes' }, () =>
      errors.report('unhandled-rejection', errorFrom('/plugins/mail/index.js')),
    );

    expect(plugin).toBe('notes');
    expect(logged).toEqual([
      ['error', 'notes', 'A promise was rejected and nobody handled it in plugin "notes": lost'],
    ]);
    expect(told).toEqual([['notes', 'unhandled-rejection', 'lost']]);
    expect(await registry.metrics()).toContain(
      'panotti_stray_errors_total{plugin="notes",kind="unhandled-rejection"} 1',
    );
  });

  it('belong to the plugin in whose files they were made where the context is lost', () => {
    const { errors, told } = strayErrors();

    expect(errors.report('uncaught-exception', errorFrom('/plugins/mail/smtp.js'))).toBe('mail');
    expect(logged).toEqual([['fatal', 'mail', 'An exception was thrown and nobody caught it in plugin "mail": lost']]);
    expect(told).toEqual([['mail', 'uncaught-exception', 'lost']]);
  });

  it.each([
    ['an error of nobody', errorFrom('/host/index.js')],
    ['a text', 'lost'],
    ['undefined', undefined],
    [
      'an error whose stack cannot be read',
      Object.defineProperty(new Error('lost'), 'stack', {
        get() {
          throw new Error('getter');
        },
      }),
    ],
  ])('are reported without a plugin where there is none: %s', async (_title, thrown) => {
    const { registry, errors } = strayErrors();

    expect(errors.report('unhandled-rejection', thrown)).toBeUndefined();
    expect(logged).toHaveLength(1);
    expect(await registry.metrics()).toContain('panotti_stray_errors_total{plugin="",kind="unhandled-rejection"} 1');
  });

  it('are not told any more to who has ended the subscription', () => {
    const { errors, told, subscription } = strayErrors();
    subscription[Symbol.dispose]();
    errors.report('uncaught-exception', new Error('lost'));

    expect(told).toEqual([]);
  });
});
