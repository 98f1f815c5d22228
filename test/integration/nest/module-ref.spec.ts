/** `ModuleRef` and what else of Nest's own can be injected: what it finds, how far it reaches, what it makes. */
import 'reflect-metadata';
import { Inject, Injectable, Module, type ModuleMetadata, Scope } from '@nestjs/common';
import {
  ApplicationConfig,
  ContextIdFactory,
  createContextId,
  HttpAdapterHost,
  LazyModuleLoader,
  ModuleRef,
  ModulesContainer,
  Reflector,
  REQUEST,
} from '@nestjs/core';
import { describeWords, type Side, type Word } from '../../support/nest-words.js';

const word = (title: string, observe: Word['observe'], is: unknown): Word => ({ title, observe, is });

@Injectable()
class Single {}
@Injectable({ scope: Scope.TRANSIENT })
class Passing {
  constructor(readonly single: Single) {}
}
@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  constructor(@Inject(REQUEST) readonly request: unknown) {}
}
@Injectable()
class Bubbled {
  constructor(readonly perRequest: PerRequest) {}
}
@Injectable()
class Made {
  @Inject() readonly byProperty!: Single;

  constructor(readonly single: Single) {}
}
class Elsewhere {}
@Injectable()
class Core {
  constructor(
    readonly config: ApplicationConfig,
    readonly adapterHost: HttpAdapterHost,
    readonly reflector: Reflector,
    readonly modules: ModulesContainer,
    readonly loader: LazyModuleLoader,
    readonly ref: ModuleRef,
  ) {}
}

function define(): ModuleMetadata {
  @Module({
    providers: [
      { provide: 'of the import', useValue: 'import' },
      { provide: 'imported shadow', useValue: 'import' },
      { provide: 'both', useValue: 'import' },
      { provide: 'imported', useFactory: (ref: ModuleRef) => ({ ref }), inject: [ModuleRef] },
    ],
  })
  class Imported {}
  return {
    imports: [Imported],
    providers: [
      Single,
      Passing,
      PerRequest,
      Bubbled,
      Core,
      { provide: 'transient factory', scope: Scope.TRANSIENT, useFactory: () => ({}) },
      { provide: 'request alias', useExisting: PerRequest },
      { provide: 'both', useValue: 'own' },
      { provide: 'shadowed', useValue: 'own' },
    ],
  };
}

@Module({
  providers: [
    { provide: 'beside', useValue: 'beside' },
    { provide: 'shadowed', useValue: 'beside' },
    { provide: 'imported shadow', useValue: 'beside' },
  ],
  exports: ['beside'],
})
class BesideModule {}

/** What was thrown, without the quoted name. */
function problem(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return (error as Error).constructor.name;
  }
}
const later = async (act: Promise<unknown>): Promise<unknown> => act.catch((error: Error) => error.constructor.name);
const core = ({ ref }: Side): Core => ref.get(Core);

describeWords('ModuleRef', { define, beside: () => [BesideModule] }, [
  word('finds a provider of its module', ({ ref }) => ref.get(Single) instanceof Single, true),
  word(
    'finds nothing of an imported module where it is strict',
    ({ ref }) => problem(() => ref.get('of the import', { strict: true })),
    'UnknownElementException',
  ),
  word(
    'is strict unless it is told otherwise',
    ({ ref }) => problem(() => ref.get('of the import')),
    'UnknownElementException',
  ),
  word(
    'finds what an imported module keeps to itself where it is not strict',
    ({ ref }) => ref.get('of the import', { strict: false }),
    'import',
  ),
  word('finds its own provider of a token that an imported module has as well', ({ ref }) => ref.get('both'), 'own'),
  word(
    'finds each provider of a token',
    ({ ref }) => ref.get<string>('both', { strict: false, each: true }).toSorted(),
    ['import', 'own'],
  ),
  word(
    'finds what a module of the application has where it is not strict',
    ({ ref }) => ref.get('beside', { strict: false }),
    'beside',
  ),
  word(
    'finds its own provider first where it is not strict, although the application has one as well',
    ({ ref }) => ref.get('shadowed', { strict: false }),
    'own',
  ),
  word(
    'finds that of an imported module first where it is not strict, although the application has one as well',
    ({ ref }) => ref.get('imported shadow', { strict: false }),
    'import',
  ),
  word(
    'finds that of an imported module before its own where it is not strict',
    ({ ref }) => ref.get('both', { strict: false }),
    'import',
  ),
  word(
    'finds as much from an imported module',
    ({ ref }) => {
      const { ref: imported } = ref.get<{ ref: ModuleRef }>('imported', { strict: false });
      return ['shadowed', 'imported shadow', 'both'].map((token) => imported.get<string>(token, { strict: false }));
    },
    ['own', 'import', 'import'],
  ),
  word(
    'finds no provider that is nowhere',
    ({ ref }) => problem(() => ref.get(Elsewhere, { strict: false })),
    'UnknownElementException',
  ),
  word(
    'refuses to get what belongs to a request',
    ({ ref }) => problem(() => ref.get(PerRequest)),
    'InvalidClassScopeException',
  ),
  word('refuses to get what is transient', ({ ref }) => problem(() => ref.get(Passing)), 'InvalidClassScopeException'),
  word(
    'refuses to get what depends on what belongs to a request',
    ({ ref }) => problem(() => ref.get(Bubbled)),
    'InvalidClassScopeException',
  ),

  word(
    'resolves another transient each time',
    async ({ ref }) => (await ref.resolve(Passing)) === (await ref.resolve(Passing)),
    false,
  ),
  word(
    'resolves one transient for each context',
    async ({ ref }) => {
      const id = createContextId();
      return (await ref.resolve(Passing, id)) === (await ref.resolve(Passing, id));
    },
    true,
  ),
  word(
    'resolves what a transient depends on',
    async ({ ref }) => (await ref.resolve(Passing)).single === ref.get(Single),
    true,
  ),
  word('resolves a transient of a factory', async ({ ref }) => (await ref.resolve('transient factory')) as object, {}),
  word('resolves a singleton as it is', async ({ ref }) => (await ref.resolve(Single)) === ref.get(Single), true),
  word(
    'resolves with the request that was registered',
    async ({ ref }) => {
      const id = createContextId();
      ref.registerRequestByContextId({ host: 'registered' }, id);
      return (await ref.resolve(Bubbled, id)).perRequest.request;
    },
    { host: 'registered' },
  ),
  word(
    'resolves apart what belongs to different contexts',
    async ({ ref }) => {
      const ids = Array.from({ length: 50 }, () => createContextId());
      for (const [index, id] of ids.entries()) ref.registerRequestByContextId(index, id);
      const all = await Promise.all(ids.map((id) => ref.resolve(PerRequest, id)));
      return all.every(({ request }, index) => request === index);
    },
    true,
  ),
  word(
    'resolves one instance in a context, however often it is asked at once',
    async ({ ref }) => {
      const id = ContextIdFactory.create();
      return new Set(await Promise.all(Array.from({ length: 50 }, () => ref.resolve(PerRequest, id)))).size;
    },
    1,
  ),
  word(
    'resolves what an alias stands for',
    async ({ ref }) => (await ref.resolve<object>('request alias')).constructor.name,
    'PerRequest',
  ),
  word('does not resolve what is nowhere', async ({ ref }) => later(ref.resolve(Elsewhere)), 'UnknownElementException'),

  word(
    'makes an instance of a class that is not provided',
    async ({ ref }) => {
      const made = await ref.create(Made);
      return [made.single === ref.get(Single), made.byProperty === made.single, (await ref.create(Made)) === made];
    },
    [true, true, false],
  ),
  word(
    'makes nothing whose dependencies are missing',
    async ({ ref }) => {
      @Injectable()
      class Asking {
        constructor(readonly missing: Elsewhere) {}
      }
      return later(ref.create(Asking));
    },
    'UnknownDependenciesException',
  ),
  word('tells the scope of a singleton', ({ ref }) => ref.introspect(Single), { scope: Scope.DEFAULT }),
  word('tells the scope of a transient', ({ ref }) => ref.introspect(Passing), { scope: Scope.TRANSIENT }),
  word('tells the scope of what depends on a request', ({ ref }) => ref.introspect(Bubbled), { scope: Scope.REQUEST }),

  word('is the same for all of a module', (side) => core(side).ref === side.ref.get(ModuleRef), true),
  word(
    'is another one in another module',
    (side) => side.ref.get<{ ref: ModuleRef }>('imported', { strict: false }).ref === side.ref,
    false,
  ),
  word('comes with ApplicationConfig', (side) => core(side).config.getGlobalPrefix().startsWith('api'), true),
  word('comes with the adapter of the server', (side) => core(side).adapterHost.httpAdapter.getType(), 'fastify'),
  word('comes with Reflector', (side) => core(side).reflector instanceof Reflector, true),
  word(
    'comes with the container of modules',
    (side) => [...core(side).modules.values()].some(({ name }) => name === 'Imported'),
    true,
  ),
  word('comes with LazyModuleLoader', (side) => typeof core(side).loader.load, 'function'),
]);
