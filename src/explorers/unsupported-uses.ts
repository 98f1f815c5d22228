/** Finds what Nest ignores without a word in modules that are loaded while the application runs. */
import { readManifest } from '../plugin/index.js';
import type { ContainedClass } from '../nest/index.js';
import type { UnsupportedFind } from './explorers.errors.js';
import { type DecoratorUse, foreignDecoratorsOf } from './foreign-decorators.metadata.js';
import type { ForeignDecorator, PluginExplorer } from './plugin-explorer.port.js';

/** One module of a plugin, as far as it matters here. */
export interface InspectedModule {
  readonly type: ContainedClass['type'];
  readonly isGlobal: boolean;
  /** What its `configure()` applies, by name. */
  readonly middleware: readonly string[];
  readonly classes: readonly ContainedClass[];
}

/** Everything in the module that would have no effect, except foreign decorators that an explorer claims. */
export function unsupportedUses(module: InspectedModule, explorers: readonly PluginExplorer[]): UnsupportedFind[] {
  const ofClasses = module.classes.flatMap((contained) => decoratorFinds(contained, explorers));
  return [...middlewareFinds(module), ...globalFinds(module), ...unique(ofClasses)];
}

function middlewareFinds({ type, middleware }: InspectedModule): UnsupportedFind[] {
  if (middleware.length === 0) return [];
  return [
    {
      what: 'configure()',
      where: type.name,
      reason: `it applies ${middleware.join(', ')}, and Nest registers middleware only while the application starts, so it would never be called`,
      alternative:
        'put a guard or an interceptor on the controllers of the plugin, or provide it as APP_GUARD or APP_INTERCEPTOR; or apply the middleware in a module of the application',
    },
  ];
}

/** Global modules that a plugin imports are bound to its own modules. Its own class would be there for all. */
function globalFinds({ type, isGlobal }: InspectedModule): UnsupportedFind[] {
  if (!isGlobal || readManifest(type) === undefined) return [];
  return [
    {
      what: '@Global()',
      where: type.name,
      reason: 'a plugin comes and goes, so the rest of the application cannot rely on it',
      alternative:
        'leave out @Global(): what other plugins need goes into the `exports` of the plugin, and they depend on it; what all need is imported by the application',
    },
  ];
}

function decoratorFinds({ type, instance }: ContainedClass, explorers: readonly PluginExplorer[]): UnsupportedFind[] {
  return foreignDecoratorsOf(type).flatMap((use) => {
    const explorer = explorers.find((candidate) => candidate.claims(use.decorator));
    if (!explorer) return [notServed(type.name, use)];
    return instance ? [] : [notSingleton(type.name, use, explorer)];
  });
}

function notServed(className: string, { decorator, method }: DecoratorUse): UnsupportedFind {
  return {
    what: decorator.name,
    where: placeOf(className, method),
    reason: `${decorator.package} looks for it only while the application starts`,
    alternative: decorator.package === SCHEDULE ? USE_SCHEDULE_EXPLORER : alternativeTo(decorator),
  };
}

function notSingleton(
  className: string,
  { decorator, method }: DecoratorUse,
  explorer: PluginExplorer,
): UnsupportedFind {
  return {
    what: decorator.name,
    where: placeOf(className, method),
    reason: `${className} is no singleton, so ${explorer.name} has no instance of it to call`,
    alternative:
      'leave out its scope and that of what it injects, or move the method into a provider that is a singleton',
  };
}

const SCHEDULE = '@nestjs/schedule';
const USE_SCHEDULE_EXPLORER = 'add ScheduleExplorer to `explorers` of PluginHostModule.forRoot';

const ALTERNATIVES: Readonly<Record<string, string>> = {
  '@nestjs/cqrs': 'subscribe with @OnEvent of panotti and call the handler as an ordinary provider',
  '@nestjs/bullmq':
    'subscribe with @OnEvent of panotti, or make the worker in onModuleInit and register its end with PluginContext',
  '@nestjs/bull':
    'subscribe with @OnEvent of panotti, or process the queue in onModuleInit and register its end with PluginContext',
  '@nestjs/websockets':
    'send server-sent events with @Sse from a controller, or put the gateway into a module of the application',
  '@nestjs/microservices':
    'receive the message in a module of the application and publish it as an event, which @OnEvent of panotti hears',
  '@nestjs/graphql':
    'put the resolver into a module of the application, which can ask the plugin by an event or over HTTP',
};

function alternativeTo({ package: from, name }: ForeignDecorator): string {
  const own = `write a PluginExplorer that claims ${name} of ${from} and add it to \`explorers\` of PluginHostModule.forRoot`;
  const known = ALTERNATIVES[from];
  return known === undefined ? own : `${known}, or ${own}`;
}

function placeOf(className: string, method: string | undefined): string {
  return method === undefined ? className : `${className}.${method}`;
}

/** One class can stand in the module under several tokens. */
function unique(finds: readonly UnsupportedFind[]): UnsupportedFind[] {
  return [...new Map(finds.map((find) => [`${find.what} ${find.where}`, find])).values()];
}
