/** What is injected: tokens, factories, aliases, optional and inherited dependencies, dynamic and global modules. */
import 'reflect-metadata';
import {
  type DynamicModule,
  Global,
  Inject,
  Injectable,
  mixin,
  Module,
  type ModuleMetadata,
  Optional,
  Scope,
} from '@nestjs/common';
import { describeLives } from '../../support/nest-lives.js';
import { describeWords, type Side, type Word } from '../../support/nest-words.js';

@Injectable()
class Needed {
  readonly name: string = 'needed';
}

class NowhereProvided {}

const word = (title: string, observe: Word['observe'], is: unknown): Word => ({ title, observe, is });
const from =
  (token: Parameters<Side['ref']['get']>[0]): Word['observe'] =>
  ({ ref }) =>
    ref.get<unknown>(token, { strict: false });

class Prefix {
  constructor(readonly text: string) {}
}

@Module({})
class PrefixModule {
  static forRoot(text: string): DynamicModule {
    return { ...PrefixModule.forFeature(text), global: true };
  }

  static forFeature(text: string): DynamicModule {
    return {
      module: PrefixModule,
      providers: [{ provide: Prefix, useFactory: () => new Prefix(text) }],
      exports: [Prefix],
    };
  }
}

function define(): ModuleMetadata {
  @Injectable()
  class Parent {
    @Inject('property') readonly property!: string;

    constructor(@Inject('named') readonly named: string) {}
  }
  @Injectable()
  class Child extends Parent {}
  @Injectable()
  class Optionals {
    @Optional() @Inject('missing property') readonly property: unknown;

    constructor(
      @Optional() readonly missing?: NowhereProvided,
      @Optional() @Inject('missing') readonly withDefault = 'default',
      @Optional() readonly needed?: Needed,
    ) {}
  }
  @Injectable()
  class OfFeature {
    constructor(readonly prefix: Prefix) {}
  }
  @Module({ imports: [PrefixModule.forFeature('feature')], providers: [OfFeature], exports: [OfFeature] })
  class FeatureModule {}
  @Injectable()
  class OfRoot {
    constructor(readonly prefix: Prefix) {}
  }
  @Module({ providers: [OfRoot], exports: [OfRoot] })
  class RootedModule {}
  @Global()
  @Module({ providers: [{ provide: 'global', useValue: 'everywhere' }], exports: ['global'] })
  class GlobalModule {}
  @Module({ providers: [{ provide: 'reexported', useValue: 'through two modules' }], exports: ['reexported'] })
  class Inner {}
  @Module({ imports: [Inner], exports: [Inner] })
  class Outer {}
  const make = mixin(
    class {
      readonly made = 'mixed in';
    },
  );
  let built = 0;
  return {
    imports: [FeatureModule, PrefixModule.forRoot('root'), RootedModule, GlobalModule, Outer],
    providers: [
      Needed,
      Child,
      Optionals,
      make,
      { provide: 'named', useValue: 'by name' },
      { provide: 'property', useValue: 'into a property' },
      { provide: 'alias', useExisting: Needed },
      { provide: 'class', useClass: Needed },
      { provide: 'factory', useFactory: (needed: Needed) => ({ needed }), inject: [Needed] },
      { provide: 'promise', useFactory: async () => Promise.resolve('settled') },
      { provide: 'after a promise', useFactory: (text: string) => `${text} first`, inject: ['promise'] },
      {
        provide: 'optional dependencies',
        useFactory: (...values: unknown[]) => values,
        inject: [
          { token: 'missing', optional: true },
          { token: 'named', optional: true },
          { token: NowhereProvided, optional: true },
        ],
      },
      { provide: 'undefined', useValue: undefined },
      { provide: 'null', useValue: null },
      { provide: 'false', useFactory: () => false },
      { provide: 'twice', useValue: 'first' },
      { provide: 'twice', useValue: 'second' },
      { provide: 'count', useFactory: () => (built += 1) },
      { provide: 'counted', useFactory: (...counts: number[]) => counts, inject: ['count', 'count'] },
      { provide: Symbol.for('words.symbol'), useValue: 'by symbol' },
      { provide: 'everything', useFactory: (...all: unknown[]) => all, inject: ['global', 'reexported'] },
      { provide: 'child', useExisting: Child },
      { provide: 'optionals', useExisting: Optionals },
      { provide: 'mixin', useExisting: make },
      { provide: 'feature', useExisting: OfFeature },
      { provide: 'rooted', useExisting: OfRoot },
    ],
  };
}

describeWords('an injection', { define }, [
  word('comes from a value by its name', from('named'), 'by name'),
  word('comes from a value by its symbol', from(Symbol.for('words.symbol')), 'by symbol'),
  word('goes into properties, and to parents of a class', from('child'), {
    named: 'by name',
    property: 'into a property',
  }),
  word('gets the instance that an alias stands for', ({ ref }) => ref.get('alias') === ref.get(Needed), true),
  word('gets an instance of its own by useClass', ({ ref }) => ref.get('class') === ref.get(Needed), false),
  word('comes from a factory with dependencies', from('factory'), { needed: { name: 'needed' } }),
  word('comes from a factory that answers later', from('promise'), 'settled'),
  word('waits for what a factory answers later', from('after a promise'), 'settled first'),
  word('is undefined for optional dependencies of a factory that are not there', from('optional dependencies'), [
    undefined,
    'by name',
    undefined,
  ]),
  word('leaves optional parameters and properties alone that are not there', from('optionals'), {
    withDefault: 'default',
    needed: { name: 'needed' },
  }),
  word('may be undefined', from('undefined'), undefined),
  word('may be null', from('null'), null),
  word('may be false', from('false'), false),
  word('is the last of two providers of one token', from('twice'), 'second'),
  word('runs a factory once', from('counted'), [1, 1]),
  word('takes a mixin', from('mixin'), { made: 'mixed in' }),
  word('sees what global modules and re-exported modules export', from('everything'), [
    'everywhere',
    'through two modules',
  ]),
  word('prefers what its module imports to what is global', from('feature'), { prefix: { text: 'feature' } }),
  word('gets what is global where its module imports nothing else', from('rooted'), { prefix: { text: 'root' } }),
]);

class Unexported {}
@Module({ exports: [Unexported] })
class InconsistentModule {}
class FooMixin {}
Optional()(FooMixin, undefined, 0);
Reflect.defineMetadata('design:paramtypes', [Object], FooMixin);

describeLives('a module that cannot be injected', [
  {
    title: 'is refused for a dependency that is nowhere provided',
    live: () => {
      @Injectable()
      class Asking {
        constructor(readonly missing: NowhereProvided) {}
      }
      @Module({ providers: [Asking] })
      class InnerModule {}
      return { define: () => ({ imports: [InnerModule] }) };
    },
    is: { failed: expect.stringContaining("can't resolve dependencies of the Asking") },
  },
  {
    title: 'is refused for a provider that a module keeps to itself',
    live: () => {
      @Module({ providers: [Needed] })
      class Keeping {}
      @Injectable()
      class Asking {
        constructor(readonly needed: Needed) {}
      }
      @Module({ imports: [Keeping], providers: [Asking] })
      class InnerModule {}
      return { define: () => ({ imports: [InnerModule] }) };
    },
    is: { failed: expect.stringContaining("can't resolve dependencies of the Asking") },
  },
  {
    title: 'is refused for an export that it does not provide',
    live: () => ({ define: () => ({ imports: [InconsistentModule] }) }),
    is: {
      failed: expect.stringContaining(
        'cannot export a provider/module that is not a part of the currently processed module',
      ),
    },
  },
  {
    title: 'is refused for a class that needs itself',
    live: () => {
      @Injectable()
      class Selfish {
        constructor(@Inject('Selfish') readonly self: unknown) {}
      }
      @Module({ providers: [{ provide: 'Selfish', useClass: Selfish }] })
      class InnerModule {}
      return { define: () => ({ imports: [InnerModule] }) };
    },
    is: { failed: expect.stringContaining("can't resolve dependencies of the Selfish") },
  },
  {
    title: 'is refused for an undefined import',
    live: () => {
      @Module({ imports: [undefined as never] })
      class InnerModule {}
      return { define: () => ({ imports: [InnerModule] }) };
    },
    is: { failed: expect.stringContaining('InnerModule') },
  },
  {
    title: 'is refused with what a constructor throws',
    live: () => {
      @Injectable()
      class Throwing {
        constructor() {
          throw new Error('built in vain');
        }
      }
      return { define: () => ({ providers: [Throwing] }) };
    },
    is: { failed: 'built in vain' },
  },
  {
    title: 'is refused with what a factory rejects with',
    live: () => ({
      define: () => ({
        providers: [{ provide: 'late', useFactory: async () => Promise.reject(new Error('made in vain')) }],
      }),
    }),
    is: { failed: 'made in vain' },
  },
  {
    title: 'is refused although its parent has an optional parameter at that place',
    live: () => {
      @Injectable()
      class Child extends FooMixin {
        constructor(readonly missing: NowhereProvided) {
          super();
        }
      }
      @Module({ providers: [Child] })
      class InnerModule {}
      return { define: () => ({ imports: [InnerModule] }) };
    },
    is: { failed: expect.stringContaining("can't resolve dependencies of the Child") },
  },
  {
    title: 'starts where one provider class in two modules hangs on a request',
    live: (tell) => {
      @Injectable({ scope: Scope.REQUEST })
      class PerRequest {}
      @Injectable()
      class Shared {
        constructor(
          readonly needed: Needed,
          readonly request: PerRequest,
        ) {}
      }
      @Global()
      @Module({ providers: [Needed], exports: [Needed] })
      class Everywhere {}
      @Module({ providers: [Shared, PerRequest], exports: [Shared] })
      class First {}
      @Module({ providers: [Shared, PerRequest] })
      class Second {}
      const provider = { provide: 'told', useValue: { onModuleInit: () => tell('up') } };
      return { define: () => ({ imports: [Everywhere, First, Second], providers: [provider] }) };
    },
    is: { told: ['up'] },
  },
]);
