import { Controller, Get, Inject, Injectable, Module } from '@nestjs/common';
import { OnEvent, PluginNotReadyError } from '../../../src/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { type Hooks, plugin } from '../../support/hooked-plugin.js';
import { hostApp } from '../../support/host-app.js';

const throwing = (thrown: unknown) => (): never => {
  throw thrown;
};

@Injectable()
class ThrowsWhenBuilt {
  constructor() {
    throw new Error('the constructor threw');
  }
}

@Injectable()
class NeedsWhatIsNotThere {
  constructor(@Inject('nowhere') readonly nowhere: unknown) {}
}

const rejecting = { provide: 'made', useFactory: () => Promise.reject(new Error('the factory rejected')) };

describe('a plugin that fails', () => {
  it.each([
    ['its onModuleInit throws', plugin('culprit', { onModuleInit: throwing(new Error('no init')) }), 'no init'],
    [
      'its onModuleInit rejects',
      plugin('culprit', { onModuleInit: () => Promise.reject(new Error('no promise')) }),
      'no promise',
    ],
    [
      'its onModuleInit throws no error',
      plugin('culprit', { onModuleInit: throwing('text') }),
      'A value that is no Error was thrown: text',
    ],
    [
      'its onModuleInit throws undefined',
      plugin('culprit', { onModuleInit: throwing(undefined) }),
      'A value that is no Error was thrown: undefined',
    ],
    [
      'its onApplicationBootstrap throws',
      plugin('culprit', { onApplicationBootstrap: throwing(new Error('no bootstrap')) }),
      'no bootstrap',
    ],
    [
      'a provider cannot be constructed',
      plugin('culprit', {}, { providers: [ThrowsWhenBuilt] }),
      'the constructor threw',
    ],
    ['a factory rejects', plugin('culprit', {}, { providers: [rejecting] }), 'the factory rejected'],
  ])('is failed with the reason, alone, when %s', async (_title, culprit, reason) => {
    await using test = await hostApp([
      culprit,
      plugin('other'),
      plugin('dependent', {}, { dependencies: { culprit: '*' } }),
    ]);

    expect(test.states()).toEqual({ culprit: 'failed', dependent: 'blocked', other: 'ready' });
    expect(test.host.plugin('culprit').reason).toBe(reason);
    expect(test.host.plugin('dependent').reason).toBe('It depends on "culprit", which is failed.');
    expect(test.pluginModules()).toHaveLength(1);
  });

  it.each<[string, unknown, string]>([
    [
      'an announcement and its lines',
      new Error('Wrong settings:\n  - port: taken\n  - host: missing'),
      'Wrong settings: port: taken',
    ],
    [
      'issues in JSON',
      new Error(JSON.stringify([{ path: ['port'], message: 'must be a number' }], null, 2)),
      'Error: port: must be a number',
    ],
    ['several errors', new AggregateError([new Error('first'), new Error('second')]), 'AggregateError: first'],
    ['an error of its own name', new Error('Plugin "culprit" cannot do it:\n  no disk'), 'It cannot do it: no disk'],
  ])(
    'tells the first problem in the first line wherever operators look, and all of it: %s',
    async (_title, thrown, first) => {
      const heard: (string | undefined)[] = [];
      @Injectable()
      class Listener {
        @OnEvent('panotti.plugin.failed')
        hear({ reason }: { reason?: string }): void {
          heard.push(reason);
        }
      }
      const culprit = plugin(
        'culprit',
        { onModuleInit: throwing(thrown) },
        { optionalDependencies: { listener: '*' } },
      );
      await using test = await hostApp([plugin('listener', {}, { providers: [Listener] }), culprit]);
      const { reason = '' } = await test.host.start('culprit');

      expect(reason.split('\n')[0]).toBe(first);
      expect(test.host.plugin('culprit').reason).toBe(reason);
      expect(heard).toEqual([reason, reason]);
      for (const part of partsOf(thrown)) expect(reason).toContain(part);
    },
  );

  it('fails a plugin with a provider whose dependency is missing, and names the dependency', async () => {
    await using test = await hostApp([plugin('culprit', {}, { providers: [NeedsWhatIsNotThere] })]);

    expect(test.host.plugin('culprit')).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('NeedsWhatIsNotThere'),
    });
  });

  it('takes its sub-modules with it, but not one that another plugin uses', async () => {
    const told: string[] = [];
    @Injectable()
    class Pool {
      onModuleInit(): void {
        told.push('pool opened');
      }
      onModuleDestroy(): void {
        told.push('pool closed');
      }
    }
    @Module({ providers: [Pool], exports: [Pool] })
    class PoolModule {}
    {
      await using test = await hostApp([
        plugin('culprit', { onApplicationBootstrap: throwing(new Error('no')) }, { imports: [PoolModule] }),
        plugin('other', {}, { imports: [PoolModule] }),
      ]);
      expect(test.states()).toEqual({ culprit: 'failed', other: 'ready' });
      expect(told).toEqual(['pool opened']);
    }

    expect(told).toEqual(['pool opened', 'pool closed']);
  });

  it('gets the destroy hooks of what was built, and leaves no handler and no route', async () => {
    const told: string[] = [];
    @Controller()
    class Routes {
      @Get()
      show(): string {
        return 'never';
      }
    }
    @Injectable()
    class Handler {
      @OnEvent('panotti.plugin.*')
      hear(): void {
        told.push('heard');
      }
      onModuleDestroy(): void {
        told.push('handler destroyed');
      }
    }
    const culprit = plugin(
      'culprit',
      { onApplicationBootstrap: throwing(new Error('no')) },
      { providers: [Handler], controllers: [Routes] },
    );
    await using test = await hostApp([culprit]);
    const heardBefore = told.length;
    const answer = await test.app.inject('/api/culprit');

    expect(told.at(-1)).toBe('handler destroyed');
    expect(told).toHaveLength(heardBefore);
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ message: 'Plugin "culprit" is failed.' });
  });

  it('fails a plugin at its deadline, naming what it waited for, while the others go on', async () => {
    const clock = new FakeClock();
    let arriveLate = (): void => undefined;
    const hanging = plugin('culprit', { onModuleInit: () => new Promise<void>((resolve) => (arriveLate = resolve)) });
    await using test = await hostApp([hanging, plugin('other')], {
      clock,
      startup: 'background',
      host: { lifecycle: { startTimeout: 2 } },
    });
    await clock.advance(1_999);
    expect(test.states()).toEqual({ culprit: 'starting', other: 'ready' });

    await clock.advance(1);
    expect(test.states()).toEqual({ culprit: 'failed', other: 'ready' });
    expect(test.host.plugin('culprit').reason).toMatch(
      /^It did not start within 2 s\.\n {2}It was waiting for its own code: onModuleInit/,
    );

    arriveLate();
    await clock.advance(1);
    expect(test.states()).toEqual({ culprit: 'failed', other: 'ready' });
    expect(test.pluginModules()).toHaveLength(1);
  });

  it('fails a plugin at its deadline when a factory hangs, and discards what arrives later', async () => {
    const clock = new FakeClock();
    let arriveLate = (): void => undefined;
    const made = { provide: 'made', useFactory: () => new Promise((resolve) => (arriveLate = () => resolve('late'))) };
    await using test = await hostApp([plugin('culprit', {}, { providers: [made] })], { clock, startup: 'background' });
    await clock.advance(30_000);
    expect(test.states()).toEqual({ culprit: 'failed' });
    expect(test.pluginModules()).toEqual([]);

    arriveLate();
    await clock.advance(1);
    expect(test.states()).toEqual({ culprit: 'failed' });
    expect(test.pluginModules()).toEqual([]);
  });

  it('does not count the time in which a plugin waits for its dependencies', async () => {
    const clock = new FakeClock();
    const slow = (): Hooks => ({ onModuleInit: () => clock.sleep(1_500) });
    await using test = await hostApp([plugin('base', slow()), plugin('top', slow(), { dependencies: { base: '*' } })], {
      clock,
      startup: 'background',
      host: { lifecycle: { startTimeout: 2 } },
    });
    await clock.advance(3_000);

    expect(test.states()).toEqual({ base: 'ready', top: 'ready' });
  });

  it('retries a plugin that was not ready with fresh instances, and starts its dependents with it', async () => {
    const clock = new FakeClock();
    const instances = new Set<unknown>();
    function notReadyTwice(this: unknown): void {
      instances.add(this);
      if (instances.size < 3) throw new PluginNotReadyError('the database still starts');
    }
    await using test = await hostApp(
      [plugin('base', { onModuleInit: notReadyTwice }), plugin('top', {}, { dependencies: { base: '*' } })],
      {
        clock,
        startup: 'background',
      },
    );
    await clock.advance(0);
    expect(test.states()).toEqual({ base: 'retrying', top: 'blocked' });

    await clock.advance(1_100);
    expect(test.states()).toEqual({ base: 'retrying', top: 'blocked' });

    await clock.advance(2_200);
    expect(test.states()).toEqual({ base: 'ready', top: 'ready' });
    expect(instances.size).toBe(3);
    expect(test.host.plugin('base').history.map(({ to, attempt }) => `${to} ${attempt}`)).toEqual([
      'starting 1',
      'retrying 1',
      'starting 2',
      'retrying 2',
      'starting 3',
      'ready 3',
    ]);
  });
});

/** What an operator has to find again: the last word of each line, or each error. */
function partsOf(thrown: unknown): string[] {
  if (thrown instanceof AggregateError) return thrown.errors.map((one: unknown) => (one as Error).message);
  const lines = (thrown as Error).message.startsWith('[')
    ? ['must be a number']
    : (thrown as Error).message.split('\n').slice(1);
  return lines.map((line) => line.replace(/^\s*-?\s*/, ''));
}
