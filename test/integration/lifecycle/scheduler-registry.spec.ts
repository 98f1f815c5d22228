import { Injectable, Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { PluginHost, type PluginOptions, PluginHostModule, ScheduleExplorer } from '../../../src/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { plugin } from '../../support/hooked-plugin.js';
import { hostApp, type HostApp } from '../../support/host-app.js';
import { waitFor } from '../../support/wait-for.js';

let told: string[];
let registries: Map<string, SchedulerRegistry>;
let clock: FakeClock;

beforeEach(() => {
  told = [];
  registries = new Map();
  clock = new FakeClock();
});

/** A plugin with a job of each kind, which keeps its registry for the test. */
function reports(name: string, options: Partial<PluginOptions> = {}, extra: Type<object>[] = []): Type<object> {
  @Injectable()
  class Jobs {
    constructor(registry: SchedulerRegistry) {
      registries.set(name, registry);
    }

    @Cron('0 * * * * *', { name: 'minutely', timeZone: 'Etc/UTC' })
    cron(): void {
      told.push(`${name} cron`);
    }

    @Interval('often', 20_000)
    interval(): void {
      told.push(`${name} interval`);
    }

    @Timeout('once', 5_000)
    timeout(): void {
      told.push(`${name} timeout`);
    }
  }
  return plugin(name, {}, { ...options, providers: [Jobs, ...extra] });
}

async function started(...plugins: Type<object>[]): Promise<HostApp> {
  const test = await hostApp(plugins, { clock, startup: 'background', explorers: [ScheduleExplorer] });
  await waitFor(() => test.host.isStarted);
  return test;
}

const registryOf = (name: string): SchedulerRegistry => {
  const registry = registries.get(name);
  if (!registry) throw new Error(`${name} has no registry`);
  return registry;
};

const namesIn = (registry: SchedulerRegistry): unknown => ({
  cron: [...registry.getCronJobs().keys()],
  intervals: registry.getIntervals(),
  timeouts: registry.getTimeouts(),
});

const NAMED = { cron: ['minutely'], intervals: ['often'], timeouts: ['once'] };
const NONE = { cron: [], intervals: [], timeouts: [] };

describe('SchedulerRegistry of @nestjs/schedule in a plugin', () => {
  it.each([
    ['without ScheduleModule', {}],
    ['with ScheduleModule.forRoot() in the plugin', { imports: [ScheduleModule.forRoot()] }],
    [
      'with ScheduleModule.forRootAsync() in the plugin',
      { imports: [ScheduleModule.forRootAsync({ useFactory: () => ({}) })] },
    ],
  ])('is one of its own, with its named jobs: %s', async (_what, options) => {
    await using test = await started(reports('first', options), reports('second'));
    expect(test.states()).toEqual({ first: 'ready', second: 'ready' });

    expect([namesIn(registryOf('first')), namesIn(registryOf('second'))]).toEqual([NAMED, NAMED]);
    expect(registryOf('first')).not.toBe(registryOf('second'));
    await clock.advance(60_000);
    expect(told.filter((line) => line.startsWith('first')).toSorted()).toEqual([
      'first cron',
      ...Array.from({ length: 3 }, () => 'first interval'),
      'first timeout',
    ]);
  });

  it.each<[string, (registry: SchedulerRegistry) => unknown, string]>([
    ['stop of a cron job', (registry) => registry.getCronJob('minutely').stop(), 'cron'],
    ['deleteCronJob', (registry) => registry.deleteCronJob('minutely'), 'cron'],
    ['deleteInterval', (registry) => registry.deleteInterval('often'), 'interval'],
    ['clearInterval', (registry) => clearInterval(registry.getInterval('often')), 'interval'],
    ['deleteTimeout', (registry) => registry.deleteTimeout('once'), 'timeout'],
    ['clearTimeout', (registry) => clearTimeout(registry.getTimeout('once')), 'timeout'],
  ])('ends a job: %s', async (_what, end, kind) => {
    await using test = await started(reports('own'));
    expect(test.states()).toEqual({ own: 'ready' });
    end(registryOf('own'));
    await clock.advance(120_000);

    const kinds = new Set(told.map((line) => line.split(' ')[1]));
    expect(kinds).toEqual(new Set(['cron', 'interval', 'timeout'].filter((other) => other !== kind)));
  });

  it('starts a stopped cron job again, runs it on demand, and tells when it ran', async () => {
    await using test = await started(reports('own'));
    const job = registryOf('own').getCronJob('minutely');
    const beforehand = [job.isActive, job.lastDate()];
    await job.stop();
    const stopped = job.isActive;
    await clock.advance(60_000);
    job.start();
    await clock.advance(60_000);
    const runs = told.filter((line) => line === 'own cron').length;
    await job.fireOnTick();

    expect({ beforehand, stopped, runs, active: job.isActive }).toEqual({
      beforehand: [true, null],
      stopped: false,
      runs: 1,
      active: true,
    });
    expect(job.lastDate()?.getTime()).toBe(clock.now());
    expect(told.filter((line) => line === 'own cron')).toHaveLength(2);
    expect(test.states()).toEqual({ own: 'ready' });
  });

  it('gives a plugin a new, empty SchedulerRegistry after a restart, and ends the jobs that the plugin had added', async () => {
    await using test = await started(reports('own'));
    const first = registryOf('own');
    const interval = setInterval(() => told.push('dynamic'), 2 ** 30);
    first.addInterval('dyn', interval);
    const stopping = test.host.restart('own');
    await clock.advance(0);
    await stopping;
    const second = registryOf('own');
    second.addInterval(
      'dyn',
      setInterval(() => undefined, 2 ** 30),
    );

    expect(test.states()).toEqual({ own: 'ready' });
    expect(interval).toHaveProperty('_destroyed', true);
    expect([namesIn(first), second === first]).toEqual([NONE, false]);
    expect(second.getIntervals()).toEqual(['often', 'dyn']);
    const stopped = test.host.stop('own');
    await clock.advance(0);
    await stopped;
    expect(namesIn(second)).toEqual(NONE);
  });

  it('empties the SchedulerRegistry after a start that failed', async () => {
    let handle: NodeJS.Timeout | undefined;
    @Injectable()
    class Dynamic {
      constructor(readonly registry: SchedulerRegistry) {}

      onModuleInit(): void {
        handle = setInterval(() => undefined, 2 ** 30);
        this.registry.addInterval('dyn', handle);
        throw new Error('cannot');
      }
    }
    await using test = await started(plugin('own', {}, { providers: [Dynamic] }));

    expect(test.states()).toEqual({ own: 'failed' });
    expect(handle).toHaveProperty('_destroyed', true);
  });

  it.each([
    ['two of the same class', 1],
    ['of two classes', 2],
  ])('refuses a name that two jobs have, by that name: %s', async (_what, classes) => {
    @Injectable()
    class One {
      @Interval('same', 1_000)
      first(): void {}
    }
    @Injectable()
    class Both extends One {
      @Interval('same', 2_000)
      second(): void {}
    }
    @Injectable()
    class Another {
      @Interval('same', 2_000)
      second(): void {}
    }
    await using test = await started(plugin('own', {}, { providers: classes === 1 ? [Both] : [One, Another] }));

    expect(test.states()).toEqual({ own: 'failed' });
    expect(test.host.plugin('own').reason).toContain('"same"');
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes the same name for jobs of different kinds and of different plugins', async () => {
    @Injectable()
    class Kinds {
      @Interval('same', 1_000)
      interval(): void {}

      @Timeout('same', 1_000)
      timeout(): void {}

      @Cron('0 * * * * *', { name: 'same' })
      cron(): void {}
    }
    await using test = await started(
      plugin('one', {}, { providers: [Kinds] }),
      plugin('two', {}, { providers: [Kinds] }),
    );

    expect(test.states()).toEqual({ one: 'ready', two: 'ready' });
  });
});

describe('the settings of ScheduleModule', () => {
  const settings = [
    [{}, ['cron', 'interval', 'timeout']],
    [{ intervals: false }, ['cron', 'timeout']],
    [{ cronJobs: false, timeouts: false }, ['interval']],
    [{ cronJobs: false, timeouts: false, intervals: false }, []],
  ] as const;

  const kindsTold = (): string[] => [...new Set(told.map((line) => line.split(' ')[1] ?? ''))].toSorted();

  async function application(imports: DynamicModule[], plugins: Type<object>[]): Promise<NestFastifyApplication> {
    const options = { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent', watchdog: false } };
    const host = await PluginHostModule.forRoot({
      plugins,
      clock,
      startup: 'background',
      explorers: [ScheduleExplorer],
      host: options,
    });
    @Injectable()
    class OwnJobs {
      constructor(registry: SchedulerRegistry) {
        registries.set('application', registry);
      }
    }
    class Root {}
    Module({ imports: [...imports, host], providers: [OwnJobs] })(Root);
    const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    await app.init();
    await waitFor(() => app.get(PluginHost).isStarted);
    return app;
  }

  it.each(settings)(
    'applies the ScheduleModule settings of the application to plugins: %j',
    async (given, expected) => {
      const app = await application([ScheduleModule.forRoot(given)], [reports('own')]);
      expect(app.get(PluginHost).plugin('own').state).toBe('ready');
      expect(namesIn(registryOf('application'))).toEqual(NONE);
      await clock.advance(120_000);
      await app.close();

      expect(kindsTold()).toEqual([...expected]);
    },
  );

  it.each(settings)(
    'applies the ScheduleModule settings of a plugin to that plugin alone: %j',
    async (given, expected) => {
      await using test = await started(reports('own', { imports: [ScheduleModule.forRoot(given)] }), reports('other'));
      expect(test.states()).toEqual({ other: 'ready', own: 'ready' });
      await clock.advance(120_000);
      const kindsOf = (name: string): unknown => [...new Set(told.filter((line) => line.startsWith(name)))].toSorted();

      expect(kindsOf('own')).toEqual(expected.map((kind) => `own ${kind}`));
      expect(kindsOf('other')).toEqual(['other cron', 'other interval', 'other timeout']);
    },
  );
});
