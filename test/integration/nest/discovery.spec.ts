/** What code finds of other code: `DiscoveryService`, its decorators, `MetadataScanner` and `Reflector`. */
import 'reflect-metadata';
import { Controller, Get, Injectable, Module, type ModuleMetadata, SetMetadata } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { describeWords, type Side, type Word } from '../../support/nest-words.js';

const word = (title: string, observe: Word['observe'], is: unknown): Word => ({ title, observe, is });

const Webhook = DiscoveryService.createDecorator<{ readonly name: string }>();
const Handles = DiscoveryService.createDecorator<{ readonly event: string }>();
const Unused = DiscoveryService.createDecorator();
const Marks = Reflector.createDecorator<string[]>();

class Base {
  inherited(): void {}
}

function define(): ModuleMetadata {
  @Injectable()
  @Webhook({ name: 'cleanup' })
  class Cleanup extends Base {
    readonly notAMethod = 1;

    @Handles({ event: 'start' })
    onStart(): void {}

    get accessor(): number {
      return 1;
    }
  }
  @Injectable()
  @Webhook({ name: 'flush' })
  class Flush {
    @Handles({ event: 'start' })
    onStart(): void {}
  }
  @Controller('found')
  @Webhook({ name: 'routes' })
  @Marks(['class'])
  @SetMetadata('plain', 'class')
  class FoundRoutes {
    @Get()
    @Marks(['method'])
    @SetMetadata('plain', 'method')
    get(): void {}

    @Get('plain')
    unmarked(): void {}
  }
  @Module({ providers: [Flush] })
  class Inner {}
  @Injectable()
  class Explorer {
    constructor(
      readonly discovery: DiscoveryService,
      readonly scanner: MetadataScanner,
      readonly reflector: Reflector,
    ) {}
  }
  return {
    imports: [DiscoveryModule, Inner],
    controllers: [FoundRoutes],
    providers: [Cleanup, { provide: 'explorer', useClass: Explorer }, { provide: 'routes', useValue: FoundRoutes }],
  };
}

interface Tools {
  readonly discovery: DiscoveryService;
  readonly scanner: MetadataScanner;
  readonly reflector: Reflector;
}
const tools = ({ ref }: Side): Tools => ref.get<Tools>('explorer');
/** A class that stands for nothing but its decorators. */
type Decorated = new () => Record<string, () => void>;
const routes = ({ ref }: Side): Decorated => ref.get<Decorated>('routes');

/** Of the modules of this side alone: the host's own classes are in its container as well. */
function webhooks(side: Side): object[] {
  const { discovery, scanner } = tools(side);
  return discovery
    .getProviders({ metadataKey: Webhook.KEY })
    .map((wrapper) => ({
      name: discovery.getMetadataByDecorator(Webhook, wrapper)?.name,
      handlers: scanner
        .getAllMethodNames(wrapper.metatype?.prototype as object)
        .map((method) => [method, discovery.getMetadataByDecorator(Handles, wrapper, method)?.event]),
    }))
    .toSorted((one, two) => String(one.name).localeCompare(String(two.name)));
}

describeWords('a discovery', { define }, [
  word('finds the providers and the methods with a decorator', webhooks, [
    {
      name: 'cleanup',
      handlers: expect.arrayContaining([
        ['onStart', 'start'],
        ['inherited', undefined],
      ]),
    },
    { name: 'flush', handlers: [['onStart', 'start']] },
  ]),
  word(
    'finds the controllers with a decorator',
    (side) => {
      const { discovery } = tools(side);
      return discovery
        .getControllers({ metadataKey: Webhook.KEY })
        .map((wrapper) => discovery.getMetadataByDecorator(Webhook, wrapper)?.name);
    },
    ['routes'],
  ),
  word(
    'finds no provider with a decorator that none has',
    (side) => tools(side).discovery.getProviders({ metadataKey: Unused.KEY }),
    [],
  ),
  word(
    'finds no controller with a decorator that none has',
    (side) => tools(side).discovery.getControllers({ metadataKey: Unused.KEY }),
    [],
  ),
  word(
    'finds all providers, with those of inner modules',
    (side) => {
      const names = new Set(
        tools(side)
          .discovery.getProviders()
          .map(({ name }) => String(name)),
      );
      return ['Cleanup', 'Flush', 'Explorer'].filter((name) => names.has(name));
    },
    ['Cleanup', 'Flush', 'Explorer'],
  ),
  word(
    'finds the providers of the modules that it is told',
    (side) => {
      const { discovery } = tools(side);
      const inner = (discovery as unknown as { modulesContainer: Map<string, { name: string }> }).modulesContainer;
      const modules = [...inner.values()].filter(({ name }) => name === 'Inner');
      return discovery
        .getProviders({}, modules as never)
        .map(({ name }) => name)
        .filter((name) => name === 'Flush' || name === 'Cleanup');
    },
    ['Flush'],
  ),
  word(
    'gives the instances of what it finds',
    (side) => {
      const found = tools(side).discovery.getProviders({ metadataKey: Webhook.KEY });
      return found.every(({ instance }) => typeof (instance as { onStart?: unknown }).onStart === 'function');
    },
    true,
  ),
  word(
    'scans methods, inherited ones as well, and no accessors',
    (side) => {
      const cleanup = tools(side)
        .discovery.getProviders({ metadataKey: Webhook.KEY })
        .find(({ name }) => name === 'Cleanup');
      return tools(side)
        .scanner.getAllMethodNames(cleanup?.metatype?.prototype as object)
        .toSorted();
    },
    ['inherited', 'onStart'],
  ),
  word('reads the metadata of a decorator', (side) => tools(side).reflector.get(Marks, routes(side)), ['class']),
  word(
    'reads the metadata of a method first',
    (side) => {
      const { prototype } = routes(side) as { prototype: Record<string, () => void> };
      return [prototype['get'], prototype['unmarked']].map((method) =>
        tools(side).reflector.getAllAndOverride(Marks, [method!, routes(side)]),
      );
    },
    [['method'], ['class']],
  ),
  word(
    'joins the metadata of method and class',
    (side) => {
      const { prototype } = routes(side) as { prototype: Record<string, () => void> };
      return tools(side).reflector.getAllAndMerge(Marks, [prototype['get']!, routes(side)]);
    },
    ['method', 'class'],
  ),
  word('reads plain metadata', (side) => tools(side).reflector.getAll('plain', [routes(side)]), ['class']),
]);
