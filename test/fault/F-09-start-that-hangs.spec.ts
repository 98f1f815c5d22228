import { Inject, Injectable, Logger, Module, type Type } from '@nestjs/common';
import { toError } from '../../src/common/index.js';
import { Plugin, PluginContext } from '../../src/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { HealthProber } from '../support/health-prober.js';
import { on, plugin } from '../support/hooked-plugin.js';
import { hostApp, type HostApp } from '../support/host-app.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const forEver = (): Promise<never> => new Promise(() => undefined);

@Injectable()
class Pool {
  onModuleInit(): Promise<never> {
    return forEver();
  }
}

@Module({ providers: [Pool], exports: [Pool] })
class PoolModule {}

@Injectable()
class Cache {
  onApplicationBootstrap(): Promise<never> {
    return forEver();
  }
}

@Injectable()
class Mailer {
  onApplicationBootstrap(): Promise<never> {
    return forEver();
  }
}

@Injectable()
class NeedsConnection {
  constructor(@Inject('connection') readonly connection: unknown) {}
}

const connection = { provide: 'connection', useFactory: forEver };

interface Watched extends AsyncDisposable {
  readonly test: HostApp;
  readonly clock: FakeClock;
  readonly warnings: string[];
  /** Whole messages, so that what is in the second line counts too. */
  readonly errors: string[];
}

/** A host at time 0 with plugins that have begun to start. */
async function starting(plugins: readonly Type<object>[], startTimeout = 30): Promise<Watched> {
  const clock = new FakeClock();
  const test = await hostApp(plugins, {
    clock,
    startup: 'background',
    host: { lifecycle: { startTimeout, stopTimeout: 5 } },
  });
  const [warnings, errors]: [string[], string[]] = [[], []];
  Logger.overrideLogger({
    log: () => undefined,
    warn: (text: string) => void warnings.push(text),
    // A failed start is one line, with its error as the cause.
    error: (said: Error | string, cause?: unknown) => {
      const { message } = cause instanceof Error ? cause : toError(said);
      if (message.startsWith('Plugin "culprit"')) errors.push(message);
    },
  });
  await clock.advance(0);
  return { test, clock, warnings, errors, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() };
}

const aboutSlowness = (lines: readonly string[]): string[] =>
  lines.filter((line) => / has been (?:starting|stopping) for /.test(line));

afterEach(() => Logger.overrideLogger(false));

describe('F-09 a plugin whose start hangs', () => {
  it('F-09 one of 50: the server is ready, and degraded, at the deadline; the log names it and nobody else meanwhile', async () => {
    const others = Array.from({ length: 49 }, (_, index) => plugin(`other-${index}`));
    await using run = await starting(
      [...others.slice(0, 25), plugin('culprit', {}, { imports: [PoolModule] }), ...others.slice(25)],
      10,
    );
    const health = async (path: string): Promise<unknown[]> => {
      const answer = await run.test.app.inject(path);
      return [answer.statusCode, answer.json().status];
    };

    await run.clock.advance(9_999);
    expect(await health('/health/ready')).toEqual([503, 'error']);

    await run.clock.advance(1);
    expect([await health('/health/ready'), await health('/health')]).toEqual([
      [200, 'ok'],
      [200, 'degraded'],
    ]);
    expect(run.test.states()).toEqual({
      ...Object.fromEntries(others.map((_, index) => [`other-${index}`, 'ready'])),
      culprit: 'failed',
    });
    expect(aboutSlowness(run.warnings)).toEqual(
      [1, 2, 3, 5, 8].map(
        (time) =>
          `Plugin "culprit" has been starting for ${time} s. It is waiting for its own code: ` +
          `onModuleInit of Pool in PoolModule, ${time} s. Its dependencies are ready.`,
      ),
    );
    expect(run.clock.pendingTimers).toBe(0);
  });

  it.each<[string, Type<object>, string]>([
    ['the onModuleInit of its class', plugin('culprit', { onModuleInit: forEver }), 'onModuleInit of PluginClass, 2 s'],
    [
      'the onApplicationBootstrap of its class',
      plugin('culprit', { onApplicationBootstrap: forEver }),
      'onApplicationBootstrap of PluginClass, 2 s',
    ],
    [
      'a hook of a sub-module',
      plugin('culprit', {}, { imports: [PoolModule] }),
      'onModuleInit of Pool in PoolModule, 2 s',
    ],
    [
      'hooks of two providers',
      plugin('culprit', {}, { providers: [Cache, Mailer] }),
      'onApplicationBootstrap of Cache, 2 s; onApplicationBootstrap of Mailer, 2 s',
    ],
    [
      'a factory that another provider waits for',
      plugin('culprit', {}, { providers: [NeedsConnection, connection] }),
      'the factory of "connection" in PluginClass, 2 s',
    ],
    [
      'a promise that another provider waits for',
      plugin('culprit', {}, { providers: [NeedsConnection, { provide: 'connection', useValue: forEver() }] }),
      'the promise given for "connection" in PluginClass, 2 s',
    ],
  ])('F-09 is told what it waited for: %s', async (_title, culprit, blame) => {
    await using run = await starting([culprit], 2);
    await run.clock.advance(2_000);

    expect(run.test.states()).toEqual({ culprit: 'failed' });
    expect(run.errors).toEqual([
      'Plugin "culprit" did not start within 2 s.\n' +
        `  It was waiting for its own code: ${blame}. Its dependencies were ready.\n` +
        '  Fix: Await less there, or raise plugins.culprit.startTimeout in plugins.yaml.',
    ]);
    expect(aboutSlowness(run.warnings)).toEqual([expect.stringContaining(blame.replaceAll('2 s', '1 s'))]);
  });

  it('F-09 gives the time of each part of its own, not that of the whole start', async () => {
    const clockOf: { clock?: FakeClock } = {};
    const slow = plugin('culprit', {
      onModuleInit: () => clockOf.clock?.sleep(1_500),
      onApplicationBootstrap: forEver,
    });
    const clock = (clockOf.clock = new FakeClock());
    await using test = await hostApp([slow], {
      clock,
      startup: 'background',
      host: { lifecycle: { startTimeout: 4 } },
    });
    const warnings: string[] = [];
    Logger.overrideLogger({
      log: () => undefined,
      warn: (text: string) => void warnings.push(text),
      error: () => undefined,
    });
    await clock.advance(3_000);

    expect(test.states()).toEqual({ culprit: 'starting' });
    expect(warnings.map((line) => /code: (.*)\. Its/.exec(line)?.[1])).toEqual([
      'onModuleInit of PluginClass, 1 s',
      'onApplicationBootstrap of PluginClass, 0.5 s',
      'onApplicationBootstrap of PluginClass, 1.5 s',
    ]);
  });

  it('F-09 is blamed together with the other plugin that imports the module which hangs', async () => {
    const slowFactory = { provide: 'connection', useFactory: forEver };
    @Module({ providers: [slowFactory], exports: [slowFactory] })
    class SharedModule {}
    await using run = await starting(
      [plugin('first', {}, { imports: [SharedModule] }), plugin('second', {}, { imports: [SharedModule] })],
      2,
    );
    await run.clock.advance(1_000);

    expect(aboutSlowness(run.warnings)).toEqual(
      ['first', 'second'].map((name) =>
        expect.stringMatching(`"${name}".*the factory of "connection" in SharedModule, 1 s`),
      ),
    );
    await run.clock.advance(1_000);
    expect(run.test.states()).toEqual({ first: 'failed', second: 'failed' });
  });

  it('F-09 is not charged for the time that it waits for a dependency, and not named meanwhile', async () => {
    const clock = new FakeClock();
    const slow = { onModuleInit: () => clock.sleep(3_500) };
    await using test = await hostApp([plugin('base', slow), plugin('top', slow, on('base'))], {
      clock,
      startup: 'background',
      host: { lifecycle: { startTimeout: 4 } },
    });
    const named: unknown[] = [];
    Logger.overrideLogger({
      log: () => undefined,
      error: () => undefined,
      warn: (text: string) => void named.push([clock.monotonicMs() / 1_000, /^Plugin "(.*?)"/.exec(text)?.[1]]),
    });
    await clock.advance(7_000);

    expect(test.states()).toEqual({ base: 'ready', top: 'ready' });
    expect(named).toEqual([
      [1, 'base'],
      [2, 'base'],
      [3, 'base'],
      [4.5, 'top'],
      [5.5, 'top'],
      [6.5, 'top'],
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('F-09 learns of its deadline by the signal of its context, and not before', async () => {
    const told: string[] = [];
    @Plugin({ name: 'culprit', version: '1.0.0' })
    class Culprit {
      constructor(private readonly context: PluginContext) {}

      async onModuleInit(): Promise<void> {
        await new Promise<void>((resolve) => this.context.signal.addEventListener('abort', () => resolve()));
        told.push('aborted');
      }
    }
    await using run = await starting([Culprit], 2);
    await run.clock.advance(1_999);
    expect(told).toEqual([]);

    await run.clock.advance(1);
    expect([told, run.test.states()]).toEqual([['aborted'], { culprit: 'failed' }]);
  });

  it('F-09 does not hold up a shutdown: it takes none of the time that the start still had', async () => {
    await using run = await starting([plugin('culprit', { onModuleInit: forEver }), plugin('other')]);
    await run.clock.advance(500);
    await run.test.host.stopAll();

    expect(run.test.states()).toEqual({ culprit: 'stopped', other: 'stopped' });
    expect([run.clock.monotonicMs(), run.clock.pendingTimers]).toEqual([500, 0]);
  });
});

describe('F-09 a plugin whose stop hangs', () => {
  it('F-09 is named with class and hook while it hangs and at its deadline; the others have stopped', async () => {
    @Injectable()
    class Lock {
      onModuleDestroy(): Promise<never> {
        return forEver();
      }
    }
    await using run = await starting([plugin('culprit', {}, { providers: [Lock] }), plugin('other')]);
    const stopped = run.test.host.stopAll();
    await run.clock.advance(4_999);
    expect(run.test.states()).toEqual({ culprit: 'stopping', other: 'stopped' });

    await run.clock.advance(1);
    await stopped;
    expect(aboutSlowness(run.warnings)).toEqual(
      [1, 2, 3].map(
        (time) =>
          `Plugin "culprit" has been stopping for ${time} s. It is waiting for its own code: onModuleDestroy of Lock, ${time} s.`,
      ),
    );
    expect(run.errors).toEqual([
      expect.stringContaining('did not stop cleanly: onModuleDestroy of Lock took longer than 5 s.'),
    ]);
    expect(run.clock.pendingTimers).toBe(0);
  });

  it('F-09 is told when it is a resource of its own that hangs', async () => {
    @Plugin({ name: 'culprit', version: '1.0.0' })
    class Culprit {
      constructor(context: PluginContext) {
        context.defer(forEver);
      }
    }
    await using run = await starting([Culprit]);
    const stopped = run.test.host.stopAll();
    await run.clock.advance(5_000);
    await stopped;

    expect(aboutSlowness(run.warnings).at(-1)).toContain('the release of its resources, 3 s');
    expect(run.errors).toEqual([expect.stringContaining('the release of its resources took longer than 5 s.')]);
  });
});

describe('F-09 the server while the start of a plugin hangs', () => {
  const IS_FULL = process.env['PANOTTI_TEST_FULL'] === '1';
  const hanging = (startTimeout: number): Promise<ServerProcess> =>
    ServerProcess.spawn({
      panotti: `plugins:\n  directories: [../plugins]\nlifecycle:\n  startTimeout: ${startTimeout}\n`,
      pluginFolders: ['hangs-on-init'],
    });

  it('F-09 serves and answers for its health, says not ready until the deadline, and is ready, and degraded, from then on', async () => {
    await using server = await hanging(4);
    await waitFor(() => server.url);
    await using prober = await HealthProber.of(server);
    const health = async (path: string): Promise<unknown[]> => {
      const answer = await fetch(`${server.url}${path}`);
      return [answer.status, ((await answer.json()) as { status: string }).status];
    };
    await waitFor(() => server.log().some(({ msg }) => msg.includes('has been starting for 1 s')));
    expect(await health('/health/ready')).toEqual([503, 'error']);
    await waitFor(async () => (await health('/health/ready'))[0] === 200);

    expect(await health('/health')).toEqual([200, 'degraded']);
    const slow = /^Plugin "(.*)" has been starting for (\d) s\. .*: (.*), [\d.]+ s\. Its/;
    const named = server.log().flatMap(({ msg }) => slow.exec(msg)?.slice(1).join(' ') ?? []);
    expect(named).toEqual([1, 2, 3].map((time) => `hangs-on-init ${time} onModuleInit of HangsOnInit`));
    await prober.verify();
    const timeOf = (text: string): number => Number(server.log().find(({ msg }) => msg.includes(text))?.['time']);
    const readyAfterMs = timeOf('plugins are ready.') - timeOf('has been starting for 3 s') + 3_000;
    if (IS_FULL) expect([readyAfterMs, readyAfterMs <= 4_100]).toEqual([readyAfterMs, true]);
  });

  it('F-09 ends in order at a signal meanwhile, without waiting for the deadline', async () => {
    await using server = await hanging(600);
    await waitFor(() => server.log().some(({ msg }) => msg.includes('has been starting for 1 s')));
    const signalledAt = performance.now();
    server.signal('SIGTERM');

    expect(await server.exitCode()).toBe(0);
    const endedMs = performance.now() - signalledAt;
    expect(server.log().at(-1)?.msg).toBe('Stopped.');
    if (IS_FULL) expect([endedMs, endedMs <= 1_000]).toEqual([endedMs, true]);
  });
});
