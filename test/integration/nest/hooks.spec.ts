/** The hooks of a module's life: when they come, in which order, and what becomes of one that fails. */
import 'reflect-metadata';
import {
  Controller,
  forwardRef,
  Get,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  type Provider,
  Scope,
} from '@nestjs/common';
import { describeLives, type Tell } from '../../support/nest-lives.js';
import type { ClassType } from '../../support/nest-rows.js';
import type { Setup } from '../../support/nest-words.js';

const HOOKS = [
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
] as const;
type Hook = (typeof HOOKS)[number];

/** A provider that tells of these hooks, as `a.onModuleInit`. */
function telling(name: string, tell: Tell, hooks: readonly Hook[], ...inject: Provider[]): ClassType {
  class Telling {}
  Injectable()(Telling);
  Object.defineProperty(Telling, 'name', { value: name });
  for (const [index, dependency] of inject.entries()) Inject(dependency as ClassType)(Telling, undefined, index);
  for (const hook of hooks) Object.assign(Telling.prototype, { [hook]: () => tell(`${name}.${hook}`) });
  return Telling;
}

function moduleOf(name: string, metadata: ModuleMetadata): ClassType {
  class Named {}
  Object.defineProperty(Named, 'name', { value: name });
  Module(metadata)(Named);
  return Named;
}

const setup = (metadata: ModuleMetadata): Setup => ({ define: () => metadata });
const ALL = HOOKS.map((hook) => `a.${hook}`);
const failing = (hook: Hook, fail: () => unknown): Provider => ({ provide: hook, useValue: { [hook]: fail } });
const thrown = (): never => {
  throw new Error('on purpose');
};

describeLives('a life', [
  {
    title: 'meets its hooks in their order',
    live: (tell) => setup({ providers: [telling('a', tell, HOOKS)] }),
    is: { told: ALL },
  },
  {
    title: 'meets the hooks of a controller',
    live: (tell) => {
      const Routes = telling('a', tell, HOOKS);
      Controller('a')(Routes);
      return setup({ controllers: [Routes] });
    },
    is: { told: ALL },
  },
  {
    title: 'meets the hooks of an object that a factory makes, and of a value',
    live: (tell) => {
      const told = (name: string): object => ({ onModuleInit: () => tell(name) });
      return setup({
        providers: [
          { provide: 'made', useFactory: async () => Promise.resolve(told('made')) },
          { provide: 'given', useValue: told('given') },
        ],
      });
    },
    is: { told: ['given', 'made'] },
  },
  {
    title: 'passes over hooks that are null or undefined',
    live: () =>
      setup({
        providers: HOOKS.flatMap((hook) =>
          [null, undefined].map((value) => ({ provide: `${hook} ${value}`, useValue: { [hook]: value } })),
        ),
      }),
    is: {},
  },
  {
    title: 'calls a hook once for a provider that has an alias',
    live: (tell) => {
      const A = telling('a', tell, HOOKS);
      return setup({ providers: [A, { provide: 'alias', useExisting: A }] });
    },
    is: { told: ALL },
  },
  {
    title: 'calls no hook of a provider that belongs to a request',
    live: (tell) => {
      const A = telling('a', tell, HOOKS);
      Injectable({ scope: Scope.REQUEST })(A);
      return setup({ providers: [A] });
    },
    is: {},
  },
  {
    title: 'calls hooks of what others need before theirs at the start, and after theirs at the end',
    live: (tell) => {
      const C = telling('c', tell, ['onModuleInit', 'onModuleDestroy']);
      const B = telling('b', tell, ['onModuleInit', 'onModuleDestroy'], C);
      const A = telling('a', tell, ['onModuleInit', 'onModuleDestroy'], B);
      return setup({ providers: [A, B, C] });
    },
    is: {
      told: [
        'c.onModuleInit',
        'b.onModuleInit',
        'a.onModuleInit',
        'a.onModuleDestroy',
        'b.onModuleDestroy',
        'c.onModuleDestroy',
      ],
    },
  },
  ...(['onModuleInit', 'onApplicationBootstrap'] as const).map((hook) => ({
    title: `calls ${hook} of an imported module first`,
    live: (tell: Tell) => {
      const B = telling('b', tell, [hook]);
      const imported = moduleOf('Imported', { providers: [B], exports: [B] });
      return setup({ imports: [imported], providers: [telling('a', tell, [hook], B)] });
    },
    is: { told: [`b.${hook}`, `a.${hook}`] },
  })),
  ...(['onModuleDestroy', 'beforeApplicationShutdown', 'onApplicationShutdown'] as const).map((hook) => ({
    title: `calls ${hook} of an imported module last`,
    live: (tell: Tell) => {
      const B = telling('b', tell, [hook]);
      const imported = moduleOf('Imported', { providers: [B], exports: [B] });
      return setup({ imports: [imported], providers: [telling('a', tell, [hook], B)] });
    },
    is: { told: [`a.${hook}`, `b.${hook}`] },
  })),
  {
    title: 'sorts modules by their distance from the top, whatever the order in which they are imported',
    live: (tell) => {
      const deepest = moduleOf('Deepest', { providers: [telling('deepest', tell, ['onModuleInit'])] });
      const middle = moduleOf('Middle', { imports: [deepest], providers: [telling('middle', tell, ['onModuleInit'])] });
      return setup({ imports: [deepest, middle], providers: [telling('top', tell, ['onModuleInit'])] });
    },
    is: { told: ['deepest.onModuleInit', 'middle.onModuleInit', 'top.onModuleInit'] },
  },
  {
    title: 'calls the hooks of modules that import each other',
    live: (tell) => {
      const First = moduleOf('First', {
        imports: [forwardRef(() => Second)],
        providers: [telling('first', tell, ['onModuleInit', 'onModuleDestroy'])],
      });
      const Second: ClassType = moduleOf('Second', {
        imports: [forwardRef(() => First)],
        providers: [telling('second', tell, ['onModuleInit'])],
      });
      return setup({ imports: [First] });
    },
    is: { told: ['second.onModuleInit', 'first.onModuleInit', 'first.onModuleDestroy'] },
  },
  {
    title: 'calls the hooks of the class of a module after those of its providers',
    live: (tell) => {
      const inner = moduleOf('Inner', { providers: [telling('provider', tell, ['onModuleInit', 'onModuleDestroy'])] });
      Object.assign(inner.prototype as object, {
        onModuleInit: () => tell('module.init'),
        onModuleDestroy: () => tell('module.destroy'),
      });
      return setup({ imports: [inner] });
    },
    is: { told: ['provider.onModuleInit', 'module.init', 'provider.onModuleDestroy', 'module.destroy'] },
  },
  {
    title: 'waits for a hook before those of what depends on it',
    live: (tell) => {
      const later = { onModuleInit: async () => Promise.resolve().then(() => tell('later')) };
      const B = { provide: 'b', useFactory: () => later };
      const imported = moduleOf('Imported', { providers: [B], exports: ['b'] });
      return setup({ imports: [imported], providers: [telling('a', tell, ['onModuleInit'], 'b' as never)] });
    },
    is: { told: ['later', 'a.onModuleInit'] },
  },
  {
    title: 'opens its routes after the hooks of its start',
    live: (tell) => {
      @Controller('state')
      class Routes {
        #isUp = false;

        async onApplicationBootstrap(): Promise<void> {
          await Promise.resolve();
          this.#isUp = true;
        }

        @Get()
        state(): object {
          tell(`isUp ${this.#isUp}`);
          return {};
        }
      }
      return setup({ controllers: [Routes] });
    },
    meanwhile: ({ ask }) => ask('/state'),
    is: { told: ['isUp true'] },
  },
  {
    title: 'hears the signal in the two hooks of a shutdown',
    live: (tell) => {
      const hears = (hook: Hook): Provider => ({
        provide: hook,
        useValue: { [hook]: (signal?: string) => tell(`${hook} ${signal}`) },
      });
      return setup({ providers: HOOKS.map(hears) });
    },
    signal: 'SIGTERM',
    is: {
      told: [
        'onModuleInit undefined',
        'onApplicationBootstrap undefined',
        'onModuleDestroy undefined',
        'beforeApplicationShutdown SIGTERM',
        'onApplicationShutdown SIGTERM',
      ],
    },
  },
  ...(['onModuleInit', 'onApplicationBootstrap'] as const).flatMap((hook) =>
    [thrown, async (): Promise<never> => Promise.reject(new Error('on purpose'))].map((fail, index) => ({
      title: `does not start where ${hook} ${index === 0 ? 'throws' : 'rejects'}`,
      live: (): Setup => setup({ providers: [failing(hook, fail)] }),
      is: { failed: 'on purpose' },
    })),
  ),
  {
    title: 'goes on with its end where a hook of it fails',
    live: (tell) =>
      setup({
        providers: [
          failing('onModuleDestroy', thrown),
          telling('a', tell, ['onModuleDestroy', 'onApplicationShutdown']),
        ],
      }),
    is: { told: ['a.onModuleDestroy', 'a.onApplicationShutdown'] },
  },
  {
    title: 'fails together with what is imported beside it, which hears of no bootstrap',
    live: (tell) => ({
      ...setup({ providers: [failing('onModuleInit', thrown)] }),
      beside: () => [moduleOf('Beside', { providers: [telling('beside', tell, ['onApplicationBootstrap'])] })],
    }),
    is: { failed: 'on purpose' },
    differs: { id: 'failed-start', inPlugin: { told: ['beside.onApplicationBootstrap'], failed: 'on purpose' } },
  },
  {
    title: 'has all of its modules initialized before any of them hears of the bootstrap',
    live: (tell) => ({
      ...setup({ providers: [telling('own', tell, ['onModuleInit', 'onApplicationBootstrap'])] }),
      beside: () => [
        moduleOf('Beside', { providers: [telling('beside', tell, ['onModuleInit', 'onApplicationBootstrap'])] }),
      ],
    }),
    is: {
      told: ['beside.onModuleInit', 'own.onModuleInit', 'beside.onApplicationBootstrap', 'own.onApplicationBootstrap'],
    },
    differs: {
      id: 'hook-order',
      inPlugin: {
        told: [
          'beside.onModuleInit',
          'beside.onApplicationBootstrap',
          'own.onModuleInit',
          'own.onApplicationBootstrap',
        ],
      },
    },
  },
  {
    title: 'ends before what is imported beside it',
    live: (tell) => ({
      ...setup({ providers: [telling('own', tell, ['onModuleDestroy', 'onApplicationShutdown'])] }),
      beside: () => [
        moduleOf('Beside', { providers: [telling('beside', tell, ['onModuleDestroy', 'onApplicationShutdown'])] }),
      ],
    }),
    is: {
      told: [
        'own.onModuleDestroy',
        'beside.onModuleDestroy',
        'own.onApplicationShutdown',
        'beside.onApplicationShutdown',
      ],
    },
    differs: {
      id: 'hook-order',
      inPlugin: {
        told: [
          'own.onModuleDestroy',
          'own.onApplicationShutdown',
          'beside.onModuleDestroy',
          'beside.onApplicationShutdown',
        ],
      },
    },
  },
]);
