import 'reflect-metadata';
import {
  Body,
  Catch,
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Module,
  Post,
  type Provider,
  Scope,
  type Type,
  ValidationPipe,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  ApplicationConfig,
  LazyModuleLoader,
  ModulesContainer,
  NestFactory,
} from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsInt } from 'class-validator';
import { PluginHostModule, type PluginOptions } from '../../../src/index.js';
import { plugin } from '../../support/hooked-plugin.js';
import { type HostApp, hostApp } from '../../support/host-app.js';

class Item {
  @IsInt()
  count = 0;
}

@Controller()
class Items {
  @Get()
  list(): string {
    return 'items';
  }

  @Post()
  add(@Body() item: Item): Item {
    return item;
  }
}

@Injectable()
class Refusal {
  canActivate(): boolean {
    throw new ForbiddenException('not here');
  }
}

@Injectable({ scope: Scope.REQUEST })
class RefusalPerRequest extends Refusal {}

const shop = (name: string, options: Partial<PluginOptions> = {}): Type<object> =>
  plugin(name, {}, { controllers: [Items], ...options });

async function statuses(app: NestFastifyApplication, ...paths: string[]): Promise<Record<string, number>> {
  const answers = await Promise.all(paths.map(async (path) => [path, (await app.inject(path)).statusCode] as const));
  return Object.fromEntries(answers);
}

async function post({ app }: HostApp, path: string, payload: object): Promise<[status: number, body: unknown]> {
  const answer = await app.inject({ method: 'POST', url: path, payload });
  return [answer.statusCode, answer.json()];
}

/** What the application keeps of global enhancers. */
function kept({ app }: HostApp): object {
  const config = app.get(ApplicationConfig);
  const loader = app.get(LazyModuleLoader) as unknown as {
    dependenciesScanner: { applicationProvidersApplyMap: unknown[] };
  };
  return {
    modules: app.get(ModulesContainer).size,
    met: loader.dependenciesScanner.applicationProvidersApplyMap.length,
    guards: [...config.getGlobalGuards(), ...config.getGlobalRequestGuards()].length,
  };
}

describe('APP_GUARD and its like of a plugin', () => {
  it.each<[title: string, options: Partial<PluginOptions>]>([
    ['its own', { providers: [{ provide: APP_GUARD, useClass: Refusal }] }],
    ['its own, for each request', { providers: [{ provide: APP_GUARD, useClass: RefusalPerRequest }] }],
  ])('holds for the routes of that plugin, and for no others: %s', async (_title, options) => {
    @Controller('of-the-application')
    class Own {
      @Get()
      show(): string {
        return 'shown';
      }
    }
    const plugins = [shop('guarded', options), shop('open'), shop('after', { dependencies: { guarded: '*' } })];
    const host = { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent', watchdog: false } };
    class Application {}
    Module({ imports: [await PluginHostModule.forRoot({ host, plugins })], controllers: [Own] })(Application);
    const app = await NestFactory.create<NestFastifyApplication>(Application, new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    try {
      await app.init();
      await app.getHttpAdapter().getInstance().ready();

      expect(
        await statuses(app, '/api/guarded', '/api/open', '/api/after', '/of-the-application', '/health', '/metrics'),
      ).toEqual({
        '/api/guarded': 403,
        '/api/open': 200,
        '/api/after': 200,
        '/of-the-application': 200,
        '/health': 200,
        '/metrics': 200,
      });
    } finally {
      await app.close();
    }
  });

  it('applies APP_GUARD of a module that two plugins import to both, each with its own object', async () => {
    const made: object[] = [];
    @Injectable()
    class Counting {
      constructor() {
        made.push(this);
      }

      canActivate(): boolean {
        return made.indexOf(this) === 0;
      }
    }
    class Shared {}
    Module({ providers: [{ provide: APP_GUARD, useClass: Counting }] })(Shared);
    await using test = await hostApp([
      shop('one', { imports: [Shared] }),
      shop('two', { imports: [Shared] }),
      shop('three'),
    ]);

    expect(made).toHaveLength(2);
    expect(Object.values(await statuses(test.app, '/api/one', '/api/two')).toSorted()).toEqual([200, 403]);
    expect(await statuses(test.app, '/api/three')).toEqual({ '/api/three': 200 });
  });

  it.each<[title: string, guard: Type<object>]>([
    ['made once', Refusal],
    ['made for each request', RefusalPerRequest],
  ])('is new at each start, and leaves nothing when the plugin stops: %s', async (_title, guard) => {
    const providers: Provider[] = [APP_GUARD, APP_PIPE, APP_INTERCEPTOR, APP_FILTER].map((provide) => ({
      provide,
      useClass: provide === APP_GUARD ? guard : Everything,
      scope: guard === RefusalPerRequest ? Scope.REQUEST : Scope.DEFAULT,
    }));
    await using test = await hostApp([shop('guarded', { providers })]);
    const before = kept(test);
    for (let round = 0; round < 3; round++) {
      await test.host.restart('guarded');
      expect(await statuses(test.app, '/api/guarded')).toEqual({ '/api/guarded': 403 });
    }

    expect(kept(test)).toEqual(before);
    expect(before).toMatchObject({ met: 4, guards: 0 });
    await test.host.stop('guarded');
    expect(kept(test)).toMatchObject({ met: 0, guards: 0 });
  });

  it('answers what a handler throws, where it is a filter, in place of the filter of the application', async () => {
    await using test = await hostApp(
      [shop('own', { providers: [{ provide: APP_FILTER, useValue: filter('the plugin') }] }), shop('none')],
      {},
      (app) => app.useGlobalFilters(filter('the application')),
    );

    expect(
      await Promise.all(['own', 'none'].map((name) => post(test, `/api/${name}`, { count: 'no number' }))),
    ).toEqual([
      [418, { by: 'the plugin' }],
      [418, { by: 'the application' }],
    ]);
  });

  it.each<[title: string, pipe: object, answer: [number, object]]>([
    [
      'a validation takes the place of that of the server',
      new ValidationPipe({ whitelist: true }),
      [201, { count: 1 }],
    ],
    ['another pipe comes after it', { transform: () => ({ count: 7 }) }, [400, expect.anything() as object]],
  ])('decides about values, where it is a pipe: %s', async (_title, useValue, answer) => {
    await using test = await hostApp([shop('own', { providers: [{ provide: APP_PIPE, useValue }] }), shop('none')]);

    expect(await post(test, '/api/own', { count: 1, more: true })).toEqual(answer);
    expect(await post(test, '/api/none', { count: 1, more: true })).toEqual([400, expect.anything()]);
  });

  it.each<[title: string, provider: Provider, reason: RegExp]>([
    ['no guard', { provide: APP_GUARD, useValue: { filter: true } }, /APP_GUARD provider \(useValue\)/],
    [
      'one that depends on the request without saying so',
      { provide: APP_GUARD, inject: ['per request'], useFactory: () => new Refusal() },
      /APP_GUARD/,
    ],
  ])('fails its plugin before any hook, with what Nest says of it: %s', async (_title, provider, reason) => {
    const hooks: string[] = [];
    const culprit = plugin(
      'culprit',
      { onModuleInit: () => hooks.push('init') },
      { providers: [provider, { provide: 'per request', scope: Scope.REQUEST, useFactory: () => 1 }] },
    );
    await using test = await hostApp([culprit, shop('other')]);

    expect(test.states()).toEqual({ culprit: 'failed', other: 'ready' });
    expect(test.host.plugin('culprit').reason).toMatch(reason);
    expect(hooks).toEqual([]);
  });
});

@Injectable()
class Everything {
  transform(value: unknown): unknown {
    return value;
  }

  intercept(_context: unknown, next: { handle(): unknown }): unknown {
    return next.handle();
  }

  catch(error: unknown): never {
    throw error;
  }
}

function filter(by: string): { catch(error: unknown, host: { getArgByIndex<T>(index: number): T }): void } {
  @Catch()
  class Filter {
    catch(_error: unknown, host: { getArgByIndex<T>(index: number): T }): void {
      host.getArgByIndex<{ code(status: number): { send(body: object): void } }>(1).code(418).send({ by });
    }
  }
  return new Filter();
}
