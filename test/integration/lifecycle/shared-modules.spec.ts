import { forwardRef, Inject, Injectable, Module, type Type } from '@nestjs/common';
import { Plugin, PluginNotReadyError } from '../../../src/index.js';
import { FakeClock, settle } from '../../support/fake-clock.js';
import { plugin } from '../../support/hooked-plugin.js';
import { hostApp } from '../../support/host-app.js';

const told: string[] = [];
let openPool: () => void = () => undefined;

/** Takes until `openPool` is called to be built. */
const slowConnection = {
  provide: 'connection',
  useFactory: () => new Promise<string>((resolve) => (openPool = () => resolve('open'))),
};

@Injectable()
class Pool {
  constructor(@Inject('connection') readonly connection: string) {}

  onModuleInit(): void {
    told.push('pool opened');
  }

  onModuleDestroy(): void {
    told.push('pool closed');
  }
}

@Module({ providers: [slowConnection, Pool], exports: [Pool] })
class PoolModule {}

@Module({ imports: [PoolModule], exports: [PoolModule] })
class StorageModule {}

@Injectable()
class ThrowsAtOnce {
  constructor() {
    throw new Error('cannot be constructed');
  }
}

const laterFailure = {
  provide: 'later',
  useFactory: async () => {
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error('cannot be made');
  },
};

const hanging = { provide: 'hanging', useFactory: () => new Promise(() => undefined) };

@Module({ imports: [PoolModule], providers: [ThrowsAtOnce] })
class ThrowingModule {}

@Injectable()
class UsesPool {
  constructor(@Inject(Pool) readonly pool: Pool) {}
}

/** A plugin whose own class throws when it is constructed. */
function throwsItself(name: string, imports: Type<object>[]): Type<object> {
  @Plugin({ name, version: '1.0.0', imports })
  class Culprit {
    constructor() {
      throw new Error('cannot be constructed');
    }
  }
  return Culprit;
}

const other = (imports: Type<object>[]): Type<object> => plugin('other', {}, { imports, providers: [UsesPool] });

beforeEach(() => (told.length = 0));

describe('a module that two plugins load at the same time', () => {
  it.each<[string, Type<object>, Type<object>[]]>([
    [
      'the constructor of a provider throws',
      plugin('culprit', {}, { imports: [PoolModule], providers: [ThrowsAtOnce] }),
      [PoolModule],
    ],
    ['the constructor of the plugin throws', throwsItself('culprit', [PoolModule]), [PoolModule]],
    [
      'a factory fails later',
      plugin('culprit', {}, { imports: [PoolModule], providers: [laterFailure] }),
      [PoolModule],
    ],
    ['a module in between throws', plugin('culprit', {}, { imports: [ThrowingModule] }), [PoolModule]],
    [
      'the module lies deeper for the other',
      plugin('culprit', {}, { imports: [PoolModule], providers: [ThrowsAtOnce] }),
      [StorageModule],
    ],
  ])('is built for the other plugin when the first cannot be built: %s', async (_how, culprit, imports) => {
    for (const plugins of [
      [culprit, other(imports)],
      [other(imports), culprit],
    ]) {
      told.length = 0;
      {
        await using test = await hostApp(plugins, { startup: 'background' });
        await settle();
        openPool();
        await test.host.startAll();

        expect(test.states()).toEqual({ culprit: 'failed', other: 'ready' });
        expect(test.host.plugin('culprit').reason).toMatch(/cannot be (constructed|made)/);
        expect(told).toEqual(['pool opened']);
      }
      expect(told).toEqual(['pool opened', 'pool closed']);
    }
  });

  it('does not make one plugin wait for a factory of another that shares a module with it', async () => {
    const clock = new FakeClock();
    const culprit = plugin('culprit', {}, { imports: [PoolModule], providers: [hanging] });
    await using test = await hostApp([culprit, other([StorageModule])], { clock, startup: 'background' });
    await settle();
    openPool();
    await settle();

    expect(test.states()).toEqual({ culprit: 'starting', other: 'ready' });
    await clock.advance(30_000);
    expect(test.states()).toEqual({ culprit: 'failed', other: 'ready' });
  });

  it('fails both when it cannot be built itself, leaves nothing of it, and ends what was built of it once', async () => {
    @Injectable()
    class Built {
      onModuleDestroy(): void {
        told.push('built closed');
      }
    }
    @Module({ providers: [Built, laterFailure] })
    class BrokenModule {}
    await using test = await hostApp([
      plugin('culprit', {}, { imports: [BrokenModule] }),
      plugin('other', {}, { imports: [BrokenModule] }),
    ]);

    expect(test.states()).toEqual({ culprit: 'failed', other: 'failed' });
    expect(told).toEqual(['built closed']);
  });

  it.each(['constructor', 'factory', 'onModuleInit'])(
    'is built anew, once for both, when it was not ready at first: its %s said so',
    async (where) => {
      const clock = new FakeClock();
      let attempts = 0;
      const mayFail = (at: string): void => {
        if (at === where && ++attempts === 1) throw new PluginNotReadyError('not yet');
      };
      @Injectable()
      class Late {
        constructor() {
          mayFail('constructor');
        }

        onModuleInit(): void {
          mayFail('onModuleInit');
          told.push('late opened');
        }

        onModuleDestroy(): void {
          told.push('late closed');
        }
      }
      @Module({ providers: [Late, { provide: 'made', useFactory: async () => mayFail('factory') }] })
      class LateModule {}
      {
        await using test = await hostApp(
          ['first', 'second'].map((name) => plugin(name, {}, { imports: [LateModule] })),
          { clock, startup: 'background' },
        );
        await clock.advance(0);
        expect(test.states()).toEqual({ first: 'retrying', second: 'retrying' });
        told.length = 0;
        await clock.advance(5_000);
        expect([test.states(), told]).toEqual([{ first: 'ready', second: 'ready' }, ['late opened']]);
      }
      expect(told).toEqual(['late opened', 'late closed']);
    },
  );

  it('ends a shared module once, after the last of two plugins that stop at the same time', async () => {
    const ends = (name: string) => async (): Promise<void> => {
      await settle();
      told.push(`${name} ended`);
    };
    {
      await using test = await hostApp(
        ['first', 'second'].map((name) => plugin(name, { onModuleDestroy: ends(name) }, { imports: [PoolModule] })),
        { startup: 'background' },
      );
      await settle();
      openPool();
      await test.host.startAll();
    }

    expect(told).toEqual(['pool opened', 'first ended', 'second ended', 'pool closed']);
  });

  it('loads two modules that import each other and that two plugins share', async () => {
    @Module({ imports: [forwardRef(() => Second)] })
    class First {}
    @Module({ imports: [forwardRef(() => First)] })
    class Second {}
    await using test = await hostApp([
      plugin('culprit', {}, { imports: [First] }),
      plugin('other', {}, { imports: [Second, First] }),
    ]);

    expect(test.states()).toEqual({ culprit: 'ready', other: 'ready' });
  });
});
