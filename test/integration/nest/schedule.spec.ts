/** Jobs of `@nestjs/schedule`: when they run, what the registry says of them, and what the options of the module leave out. */
import { Inject, Injectable, type ModuleMetadata, type Provider, Scope } from '@nestjs/common';
import { Cron, CronExpression, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { jest } from '@jest/globals';
import { CronJob } from 'cron';
import { ScheduleExplorer } from '../../../src/index.js';
import {
  type Difference,
  itIsBoth,
  type Setup,
  type Side,
  startNative,
  startPlugin,
} from '../../support/nest-words.js';

type Options = Parameters<typeof ScheduleModule.forRoot>[0];

class Ran {
  readonly lines: string[] = [];
}

/** A provider whose method is decorated. */
function job(name: string, decorate: MethodDecorator, work: () => unknown = () => undefined): Provider {
  @Injectable()
  class Job {
    constructor(@Inject(Ran) readonly ran: Ran) {}

    run(): unknown {
      this.ran.lines.push(name);
      return work();
    }
  }
  decorate(Job.prototype, 'run', Object.getOwnPropertyDescriptor(Job.prototype, 'run')!);
  return Job;
}

interface Given {
  readonly jobs: () => Provider[];
  readonly options?: Options;
  /** Whether the application imports the package's module, and the plugin does not. */
  readonly isBeside?: boolean;
}

function setupOf({ jobs, options, isBeside = false }: Given): Setup {
  const schedule = (): NonNullable<ModuleMetadata['imports']> => [ScheduleModule.forRoot(options)];
  // Injected, because that is how a plugin has the registry of its own.
  const mine = {
    provide: 'REGISTRY',
    inject: [SchedulerRegistry],
    useFactory: (registry: SchedulerRegistry) => ({ registry }),
  };
  return {
    define: () => ({ providers: [Ran, mine, ...jobs()], ...(isBeside ? {} : { imports: schedule() }) }),
    ...(isBeside ? { beside: schedule } : {}),
    host: { explorers: [ScheduleExplorer] },
  };
}

const registryOf = ({ ref }: Side): SchedulerRegistry => ref.get<{ registry: SchedulerRegistry }>('REGISTRY').registry;
function start(kind: Side['kind'], setup: Setup): Promise<Side> {
  jest.setSystemTime(Date.UTC(2020, 0, 1));
  return kind === 'native' ? startNative(setup) : startPlugin(setup);
}
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const after = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

/** What still runs ends in the time of the test. */
async function close({ app }: Side): Promise<void> {
  const closed = app.close();
  await after(10 * SECOND);
  await closed;
}

/** A row about a module that runs, from the first moment of 2020. */
function itRuns(title: string, given: Given, is: unknown, observe: (side: Side, lines: string[]) => unknown): void {
  itIsBoth(title, is, undefined, async (kind) => {
    const side = await start(kind, setupOf(given));
    try {
      return await observe(side, side.ref.get(Ran).lines);
    } finally {
      await close(side);
    }
  });
}

/** A row about which jobs have run after some time. */
const itHasRun = (title: string, given: Given, ms: number, is: string[]): void =>
  itRuns(title, given, is, async (_side, lines) => {
    await after(ms);
    return lines.toSorted();
  });

const repeated = (name: string, count: number): string[] => Array.from({ length: count }, () => name);
const messageOf = (action: () => unknown): string => {
  try {
    action();
    return 'nothing is thrown';
  } catch (error) {
    return (error as Error).message;
  }
};
const all = (): Provider[] => [
  job('cron', Cron('* * * * * *', { name: 'c' })),
  job('interval', Interval('i', SECOND)),
  job('timeout', Timeout('t', SECOND)),
];
const only = (name: string, decorate: MethodDecorator, work?: () => unknown): Given => ({
  jobs: () => [job(name, decorate, work)],
});

describe('jobs of @nestjs/schedule', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'] });
  });
  afterEach(() => jest.useRealTimers());

  itHasRun('run each interval', only('i', Interval(SECOND)), 3.5 * SECOND, repeated('i', 3));
  itHasRun('run once after a timeout', only('t', Timeout(SECOND)), 5 * SECOND, ['t']);
  itHasRun('run by a cron expression', only('c', Cron(CronExpression.EVERY_SECOND)), 3.5 * SECOND, repeated('c', 3));
  itHasRun('run by a cron expression of five fields', only('c', Cron('* * * * *')), 3.5 * MINUTE, repeated('c', 3));
  itHasRun('run once at a date', only('d', Cron(new Date(Date.UTC(2020, 0, 1, 0, 0, 2)))), 9 * SECOND, ['d']);
  itHasRun('run in a time zone', only('z', Cron('0 1 9 * * *', { timeZone: 'Asia/Tokyo' })), 2 * MINUTE, ['z']);
  itHasRun('run with an offset', only('o', Cron('0 1 9 * * *', { utcOffset: 540 })), 2 * MINUTE, ['o']);
  itHasRun('do not run when they are disabled', only('c', Cron('* * * * * *', { disabled: true })), 3 * SECOND, []);
  itHasRun(
    'wait for an initial delay',
    only('c', Cron('* * * * * *', { initialDelay: 2_500 })),
    4.5 * SECOND,
    repeated('c', 2),
  );
  itHasRun(
    'run again after an error',
    only('e', Interval(SECOND), () => Promise.reject(new Error('told'))),
    2.5 * SECOND,
    repeated('e', 2),
  );
  const endless = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3.5 * SECOND));
  itHasRun(
    'wait for the one before',
    only('w', Cron('* * * * * *', { waitForCompletion: true }), endless),
    5.5 * SECOND,
    repeated('w', 2),
  );
  itHasRun('run beside the one before', only('w', Cron('* * * * * *'), endless), 3.5 * SECOND, repeated('w', 3));

  for (const isBeside of [false, true]) {
    const whose = isBeside ? 'of the application' : 'of the module';
    const given = (options?: Options): Given => ({ jobs: all, isBeside, ...(options ? { options } : {}) });
    itHasRun(`all run with the package ${whose}`, given(), 1.5 * SECOND, ['cron', 'interval', 'timeout']);
    itHasRun(`leave out intervals by an option ${whose}`, given({ intervals: false }), 1.5 * SECOND, [
      'cron',
      'timeout',
    ]);
    itHasRun(`leave out timeouts by an option ${whose}`, given({ timeouts: false }), 1.5 * SECOND, [
      'cron',
      'interval',
    ]);
    itHasRun(`leave out cron jobs by an option ${whose}`, given({ cronJobs: false }), 1.5 * SECOND, [
      'interval',
      'timeout',
    ]);
  }

  itRuns('are in the registry by their names', { jobs: all }, [['c'], ['i'], ['t']], (side) => {
    const registry = registryOf(side);
    return [[...registry.getCronJobs().keys()], registry.getIntervals(), registry.getTimeouts()];
  });

  itRuns('are in the registry without a name as well', only('i', Interval(SECOND)), [1, true], (side) => {
    const [name, ...others] = registryOf(side).getIntervals();
    return [others.length + 1, typeof name === 'string' && name.length > 0];
  });

  itRuns(
    'are objects of cron in the registry',
    { jobs: all },
    [true, true, new Date('2020-01-01T00:00:02.000Z')],
    async (side) => {
      const found = registryOf(side).getCronJob('c');
      await after(2.5 * SECOND);
      return [found instanceof CronJob, found.isActive, found.lastDate()];
    },
  );

  itRuns('exist for the registry', { jobs: all }, [true, true, true, false, false], (side) => {
    const registry = registryOf(side);
    const exists = (kind: 'cron' | 'interval' | 'timeout', name: string): boolean => registry.doesExist(kind, name);
    return [
      exists('cron', 'c'),
      exists('interval', 'i'),
      exists('timeout', 't'),
      exists('cron', 'i'),
      exists('timeout', 'x'),
    ];
  });

  // Timers of the test do not know that they were cleared, which is how a plugin sees it: the others are proved with real ones elsewhere.
  itRuns(
    'of cron do not run after they are deleted, and none is in the registry',
    { jobs: all },
    [[], 0, 0, 0],
    async (side, lines) => {
      const registry = registryOf(side);
      registry.deleteCronJob('c');
      registry.deleteInterval('i');
      registry.deleteTimeout('t');
      await after(3 * SECOND);
      return [
        lines.filter((line) => line === 'cron'),
        registry.getCronJobs().size,
        registry.getIntervals().length,
        registry.getTimeouts().length,
      ];
    },
  );

  itRuns(
    'are stopped and started by the registry',
    only('c', Cron('* * * * * *', { name: 'c' })),
    [0, 2],
    async (side, lines) => {
      const found = registryOf(side).getCronJob('c');
      await found.stop();
      await after(2.5 * SECOND);
      const stopped = lines.length;
      found.start();
      await after(2 * SECOND);
      return [stopped, lines.length];
    },
  );

  itRuns(
    'that are disabled start by the registry',
    only('c', Cron('* * * * * *', { name: 'c', disabled: true })),
    ['c'],
    async (side, lines) => {
      registryOf(side).getCronJob('c').start();
      await after(1.5 * SECOND);
      return lines;
    },
  );

  itRuns('can be added to the registry, and deleted', { jobs: () => [] }, [2, 2, true], async (side, lines) => {
    const registry = registryOf(side);
    const added = CronJob.from({ cronTime: '* * * * * *', onTick: () => void lines.push('added') });
    registry.addCronJob('added', added);
    registry.getCronJob('added').start();
    await after(2.5 * SECOND);
    const before = lines.length;
    registry.deleteCronJob('added');
    await after(2 * SECOND);
    return [before, lines.length, registry.getCronJobs().size === 0];
  });

  itRuns(
    'that are missing or there already make the registry throw',
    { jobs: all },
    [
      'No Cron Job was found with the given name (x). Check that you created one with a decorator or with the create API.',
      'No Interval was found with the given name (x). Check that you created one with a decorator or with the create API.',
      expect.stringContaining('Timeout with the given name (t) already exists'),
    ],
    (side) => {
      const registry = registryOf(side);
      return [
        messageOf(() => registry.getCronJob('x')),
        messageOf(() => registry.deleteInterval('x')),
        messageOf(() => registry.addTimeout('t', {})),
      ];
    },
  );

  const started = async (kind: Side['kind'], given: Given): Promise<string> => {
    const side = await start(kind, setupOf(given)).catch(() => undefined);
    if (side) await close(side);
    return side ? 'started' : 'refused';
  };

  itIsBoth('of one kind with one name are refused', 'refused', undefined, (kind) =>
    started(kind, { jobs: () => [job('a', Interval('same', SECOND)), job('b', Interval('same', SECOND))] }),
  );

  itIsBoth('of two kinds may have one name', 'started', undefined, (kind) =>
    started(kind, { jobs: () => [job('a', Interval('same', SECOND)), job('b', Timeout('same', SECOND))] }),
  );

  const differs: Difference = { id: 'scoped-jobs', inPlugin: 'refused' };
  itIsBoth('of a class that is not a singleton are not run', 'started', differs, (kind) => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      @Interval(SECOND)
      run(): void {}
    }
    return started(kind, { jobs: () => [PerRequest] });
  });

  itIsBoth('leave no timer and nothing in the registry behind', [0, 0, 0], undefined, async (kind) => {
    const side = await start(kind, setupOf({ jobs: all }));
    const registry = registryOf(side);
    await close(side);
    return [registry.getCronJobs().size, registry.getIntervals().length, registry.getTimeouts().length];
  });
});
