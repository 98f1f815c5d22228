/** Modules that are loaded when they are needed, by `LazyModuleLoader`. */
import 'reflect-metadata';
import { Controller, Get, Global, Injectable, Module, type ModuleMetadata, Scope, type Type } from '@nestjs/common';
import { LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { PluginHost } from '../../../src/index.js';
import { plugin } from '../../support/hooked-plugin.js';
import { describeWords, type Side, startPlugin, type Word } from '../../support/nest-words.js';

const word = (title: string, observe: Word['observe'], is: unknown): Word => ({ title, observe, is });
const told: string[] = [];

@Injectable()
class Late {
  onModuleInit(): void {
    told.push('init');
  }
}
@Injectable({ scope: Scope.TRANSIENT })
class LatePassing {}
@Injectable({ scope: Scope.REQUEST })
class LatePerRequest {}
@Injectable()
class Early {}
@Global()
@Module({ providers: [Early], exports: [Early] })
class EarlyModule {}
@Injectable()
class NeedsEarly {
  constructor(readonly early: Early) {}
}
@Module({ providers: [{ provide: 'deep', useValue: 'deep' }], exports: ['deep'] })
class DeepModule {}
@Controller('late')
class LateRoutes {
  @Get()
  late(): string {
    return 'late';
  }
}
@Module({
  imports: [DeepModule],
  providers: [Late, LatePassing, LatePerRequest],
  controllers: [LateRoutes],
  exports: [Late],
})
class LateModule {}
@Module({ imports: [EarlyModule], providers: [NeedsEarly] })
class NeedsEarlyModule {}
@Module({})
class DynamicLateModule {}
@Module({ providers: [{ provide: 'broken', useFactory: () => Promise.reject(new Error('broken')) }] })
class BrokenModule {}

/** Loads from the code of the plugin, as all of its code runs: in a request. */
const loads: { by: (loader: LazyModuleLoader) => unknown } = { by: () => undefined };

function define(): ModuleMetadata {
  @Controller('load')
  class LoadRoutes {
    constructor(readonly loader: LazyModuleLoader) {}

    @Get()
    async load(): Promise<object> {
      return { found: await loads.by(this.loader) };
    }
  }
  return { controllers: [LoadRoutes], imports: [EarlyModule] };
}
/** As `define`, in a plugin that shares its modules. */
function defineWithoutGlobals(): ModuleMetadata {
  return { ...define(), imports: [] };
}

const load =
  (by: (loader: LazyModuleLoader) => unknown): Word['observe'] =>
  async ({ ask }: Side) => {
    loads.by = by;
    const { body } = await ask('/load');
    return (JSON.parse(body) as { found?: unknown }).found;
  };

describeWords('a lazy module', { define }, [
  word(
    'has its providers',
    load(async (loader) => (await loader.load(() => LateModule)).get(Late) instanceof Late),
    true,
  ),
  word(
    'is the same when it is loaded again',
    load(async (loader) => {
      const [one, two] = [
        await loader.load(() => LateModule),
        await loader.load(async () => Promise.resolve(LateModule)),
      ];
      return one.get(Late) === two.get(Late);
    }),
    true,
  ),
  word(
    'is loaded once by two that ask at the same time',
    load(async (loader) => {
      const dynamic = { module: DynamicLateModule, providers: [Late] };
      const [one, two] = await Promise.all([loader.load(() => dynamic), loader.load(() => dynamic)]);
      return one.get(Late) === two.get(Late);
    }),
    true,
  ),
  word(
    'meets no hooks',
    load(async (loader) => {
      told.length = 0;
      await loader.load(() => ({ module: DynamicLateModule, providers: [Late, { provide: 'other', useValue: 1 }] }));
      return told;
    }),
    [],
  ),
  word(
    'brings what it imports',
    load(async (loader) => (await loader.load(() => LateModule)).get('deep', { strict: false })),
    'deep',
  ),
  word(
    'gets what is global',
    load(async (loader) => (await loader.load(() => NeedsEarlyModule)).get(NeedsEarly).early instanceof Early),
    true,
  ),
  word(
    'resolves transients',
    load(async (loader) => {
      const ref = await loader.load(() => LateModule);
      return (
        (await ref.resolve(LatePassing)) instanceof LatePassing &&
        (await ref.resolve(LatePassing)) !== (await ref.resolve(LatePassing))
      );
    }),
    true,
  ),
  word(
    'resolves what belongs to a request',
    load(async (loader) => {
      const ref = await loader.load(() => LateModule);
      return (await ref.resolve(LatePerRequest)) instanceof LatePerRequest;
    }),
    true,
  ),
  word(
    'fails with what its providers throw',
    load(async (loader) =>
      loader
        .load(() => BrokenModule)
        .then(
          () => 'loaded',
          (error: Error) => error.message,
        ),
    ),
    'broken',
  ),
  word('opens no routes', async ({ ask }) => (await ask('/late')).status, 404),
]);

describe.each([
  ['with global modules of its own', define],
  ['without global modules', defineWithoutGlobals],
])('a lazy module of a plugin %s', (_title, metadata) => {
  const loaded = ({ app }: Side): string[] => {
    const own = new Set<Type>([LateModule, DeepModule, DynamicLateModule]);
    return [...app.get(ModulesContainer).values()]
      .filter(({ metatype }) => own.has(metatype))
      .map(({ name }) => name)
      .toSorted();
  };
  const both = load(async (loader) => {
    const late = await loader.load(() => LateModule);
    await loader.load(() => ({ module: DynamicLateModule }));
    instances.push(late.get(Late));
    return true;
  });
  let instances: Late[] = [];

  beforeEach(() => {
    instances = [];
  });

  it('goes with the plugin, and is another one after a restart', async () => {
    const side = await startPlugin({ define: metadata });
    try {
      const host = side.app.get(PluginHost);
      for (let start = 0; start < 3; start += 1) {
        expect(await both(side)).toBe(true);
        expect(loaded(side)).toEqual(['DeepModule', 'DynamicLateModule', 'LateModule']);
        await host.restart('words');
        expect(loaded(side)).toEqual([]);
      }

      expect(new Set(instances).size).toBe(3);
    } finally {
      await side.app.close();
    }
  });
});

it('ends with the last of the plugins that use it, with the hooks that it was started with', async () => {
  const calls: string[] = [];
  @Injectable()
  class Shared {
    onModuleInit(): void {
      calls.push('init');
    }

    onModuleDestroy(): void {
      calls.push('destroy');
    }
  }
  @Module({ providers: [Shared], exports: [Shared] })
  class SharedModule {}
  const eager = plugin('eager', {}, { imports: [SharedModule] });
  const side = await startPlugin({ define: defineWithoutGlobals, host: { plugins: [eager] } });
  try {
    const host = side.app.get(PluginHost);
    await load(async (loader) => (await loader.load(() => SharedModule)).get(Shared) instanceof Shared)(side);
    expect(calls).toEqual(['init']);

    await host.stop('eager');
    expect(calls).toEqual(['init']);
    await host.stop('words');
    expect(calls).toEqual(['init', 'destroy']);
  } finally {
    await side.app.close();
  }
});
