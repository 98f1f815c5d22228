/** Classes, factories and modules that need each other. */
import 'reflect-metadata';
import { type DynamicModule, forwardRef, Inject, Injectable, Module, type ModuleMetadata, Scope } from '@nestjs/common';
import { describeLives } from '../../support/nest-lives.js';
import { describeWords, type Side, type Word } from '../../support/nest-words.js';

const get = <T>({ ref }: Side, token: string): T => ref.get<T>(token, { strict: false });
interface Half {
  readonly other: Half;
}
const isCircle = (side: Side, one: string, two: string): boolean => {
  const [first, second] = [get<Half>(side, one), get<Half>(side, two)];
  return first.other === second && second.other === first;
};
const circle = (title: string, one: string, two: string): Word => ({
  title,
  observe: (side) => isCircle(side, one, two),
  is: true,
});

function classes(): ModuleMetadata {
  @Injectable()
  class One {
    constructor(@Inject(forwardRef(() => Two)) readonly other: unknown) {}
  }
  @Injectable()
  class Two {
    constructor(@Inject(forwardRef(() => One)) readonly other: unknown) {}
  }
  @Injectable()
  class OneByProperty {
    @Inject(forwardRef(() => TwoByProperty)) readonly other: unknown;
  }
  @Injectable()
  class TwoByProperty {
    @Inject(forwardRef(() => OneByProperty)) readonly other: unknown;
  }
  return {
    providers: [
      One,
      Two,
      OneByProperty,
      TwoByProperty,
      { provide: 'one', useExisting: One },
      { provide: 'two', useExisting: Two },
      { provide: 'one by property', useExisting: OneByProperty },
      { provide: 'two by property', useExisting: TwoByProperty },
    ],
  };
}

function modules(): ModuleMetadata {
  @Injectable()
  class One {
    constructor(@Inject(forwardRef(() => Two)) readonly other: unknown) {}
  }
  @Injectable()
  class Two {
    constructor(@Inject(forwardRef(() => One)) readonly other: unknown) {}
  }
  @Module({
    imports: [forwardRef(() => TwoModule)],
    providers: [One, { provide: 'module one', useExisting: One }],
    exports: [One],
  })
  class OneModule {}
  @Module({
    imports: [forwardRef(() => OneModule)],
    providers: [Two, { provide: 'module two', useExisting: Two }],
    exports: [Two],
  })
  class TwoModule {}
  return { imports: [OneModule, TwoModule] };
}

/** Dynamic modules whose options refer to each other, and are compared by their structure. */
function structures(): ModuleMetadata {
  interface Options {
    name: string;
    self?: Options;
  }
  const options: Options = { name: 'circular' };
  options.self = options;
  @Module({})
  class StructureModule {
    static forRoot(): DynamicModule {
      return {
        module: StructureModule,
        providers: [{ provide: 'structure', useValue: options }],
        exports: ['structure'],
      };
    }
  }
  return { imports: [StructureModule.forRoot()] };
}

function define(): ModuleMetadata {
  const parts = [classes(), modules(), structures()];
  return {
    imports: parts.flatMap(({ imports = [] }) => imports),
    providers: parts.flatMap(({ providers = [] }) => providers),
  };
}

describeWords('a circle', { define }, [
  circle('closes between the constructors of two classes', 'one', 'two'),
  circle('closes between the properties of two classes', 'one by property', 'two by property'),
  circle('closes between providers of modules that import each other', 'module one', 'module two'),
  {
    title: 'may be in the options of a dynamic module',
    observe: (side) => {
      const found = get<{ self: unknown; name: string }>(side, 'structure');
      return [found.name, found.self === found];
    },
    is: ['circular', true],
  },
]);

describeLives('a circle that does not close', [
  {
    title: 'is refused where neither class says that it refers forward',
    live: () => {
      @Injectable()
      class One {
        constructor(@Inject('two') readonly other: unknown) {}
      }
      @Injectable()
      class Two {
        constructor(@Inject('one') readonly other: unknown) {}
      }
      return {
        define: () => ({
          providers: [
            { provide: 'one', useClass: One },
            { provide: 'two', useClass: Two },
          ],
        }),
      };
    },
    is: { failed: expect.stringMatching(/circular|resolve dependencies/i) },
  },
  {
    title: 'is refused where a module is imported before it is defined',
    live: () => {
      @Module({ imports: [null as never] })
      class InnerModule {}
      return { define: () => ({ imports: [InnerModule] }) };
    },
    is: { failed: expect.stringContaining('InnerModule') },
  },
]);

function perRequest(): ModuleMetadata {
  @Injectable({ scope: Scope.REQUEST })
  class One {
    constructor(@Inject(forwardRef(() => Two)) readonly other: unknown) {}
  }
  @Injectable({ scope: Scope.REQUEST })
  class Two {
    constructor(@Inject(forwardRef(() => One)) readonly other: unknown) {}
  }
  return { providers: [One, Two, { provide: 'one', useExisting: One }] };
}

describeWords('a circle that belongs to a request', { define: perRequest }, [
  {
    title: 'is there when it is resolved',
    observe: async ({ ref }) => {
      const one = await ref.resolve<Half>('one');
      return [one.other.constructor.name, one.other.other.constructor.name];
    },
    is: ['Two', 'One'],
  },
  {
    title: 'is another one each time',
    observe: async ({ ref }) => (await ref.resolve<Half>('one')) === (await ref.resolve<Half>('one')),
    is: false,
  },
]);
