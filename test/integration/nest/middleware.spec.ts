/** Middleware: what the application applies reaches the routes of a module as well, wherever that runs; a module of its own has none in a plugin. */
import 'reflect-metadata';
import {
  Controller,
  Get,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type ModuleMetadata,
  type NestMiddleware,
  Param,
  Post,
  Req,
  RequestMethod,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { describeLives } from '../../support/nest-lives.js';
import { row } from '../../support/nest-rows.js';
import { describeWords, type Setup } from '../../support/nest-words.js';

type Raw = FastifyRequest['raw'] & { steps?: string[] };
type Reply = { end(text: string): void; setHeader(name: string, value: string): void };
type Next = (error?: unknown) => void;

const step =
  (name: string) =>
  (request: Raw, _reply: unknown, next: Next): void => {
    (request.steps ??= []).push(name);
    next();
  };

function define(): ModuleMetadata {
  const steps = (request: FastifyRequest): object => ({ steps: (request.raw as Raw).steps ?? [] });
  @Controller()
  class Routes {
    @Get('plain')
    plain(@Req() request: FastifyRequest): object {
      return steps(request);
    }

    @Get('tests/nested')
    nested(@Req() request: FastifyRequest): object {
      return steps(request);
    }

    @Get('tests/nested/deep')
    deep(@Req() request: FastifyRequest): object {
      return steps(request);
    }

    @Get('similar/:id')
    similar(@Req() request: FastifyRequest, @Param('id') id: string): object {
      return { ...steps(request), id };
    }

    @Get('method')
    getMethod(@Req() request: FastifyRequest): object {
      return steps(request);
    }

    @Post('method')
    postMethod(@Req() request: FastifyRequest): object {
      return steps(request);
    }

    @Get('excluded')
    excluded(@Req() request: FastifyRequest): object {
      return steps(request);
    }

    @Get('answered')
    answered(): string {
      return 'by the handler';
    }
  }
  return { controllers: [Routes] };
}

/** Below the global prefix, which ends before the name of a plugin: each path both ways, of which one application has one. */
const both = (...paths: string[]): string[] => paths.flatMap((path) => [path, `words/${path}`]);

function beside(): NonNullable<ModuleMetadata['imports']> {
  @Injectable()
  class Told {
    readonly name = 'injected';
  }
  @Injectable()
  class ClassMiddleware implements NestMiddleware {
    constructor(readonly told: Told) {}

    use(request: Raw, reply: unknown, next: Next): void {
      step(this.told.name)(request, reply, next);
    }
  }
  @Module({ providers: [Told] })
  class MiddlewareModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer
        .apply(step('everywhere'))
        .exclude(...both('excluded'))
        .forRoutes('{*path}')
        .apply(step('wildcard'))
        .forRoutes(...both('tests/*path'))
        .apply(ClassMiddleware)
        .forRoutes(...both('tests/nested'))
        .apply(step('param'))
        .forRoutes(...both('similar/:id'))
        .apply(step('post'))
        .forRoutes(...both('method').map((path) => ({ path, method: RequestMethod.POST })))
        .apply(step('first'), step('second'))
        .forRoutes(...both('method'))
        .apply((_request: Raw, reply: Reply) => reply.end('by the middleware'))
        .forRoutes(...both('answered'))
        .apply((_request: Raw, _reply: Reply, next: Next) => next(new Error('of the middleware')))
        .forRoutes(...both('failing'));
    }
  }
  return [MiddlewareModule];
}

function prepare(app: NestFastifyApplication): void {
  app.use(step('global'));
  app.use((_request: Raw, reply: Reply, next: Next) => {
    reply.setHeader('x-global', 'applied');
    next();
  });
}

const steps = (...names: string[]) => ({ status: 200, body: { steps: names } });

describeWords('middleware of the application', { define, beside, prepare }, [
  row('runs before a handler, the global one first', ['/plain'], steps('global', 'everywhere')),
  row('sets headers', ['/plain'], { status: 200, headers: { 'x-global': 'applied' } }),
  row('runs for a path below a wildcard', ['/tests/nested/deep'], steps('global', 'everywhere', 'wildcard')),
  row(
    'may be a class with injected providers',
    ['/tests/nested'],
    steps('global', 'everywhere', 'wildcard', 'injected'),
  ),
  row('runs for paths that are encoded', ['/tests/%6eested'], steps('global', 'everywhere', 'wildcard', 'injected')),
  row('runs once for a path with a parameter', ['/similar/7'], {
    status: 200,
    body: { steps: ['global', 'everywhere', 'param'], id: '7' },
  }),
  row('runs for its method alone', ['/method'], steps('global', 'everywhere', 'first', 'second')),
  row('runs for its method, in the order in which it was applied', ['/method', { method: 'POST' }], {
    status: 201,
    body: { steps: ['global', 'everywhere', 'post', 'first', 'second'] },
  }),
  row('leaves out what is excluded', ['/excluded'], steps('global')),
  row('runs for what is excluded where the path is encoded otherwise', ['/%65xcluded'], steps('global', 'everywhere')),
  row('may answer itself', ['/answered'], { status: 200, body: 'by the middleware' }),
  row('may fail', ['/failing'], { status: 500 }),
  row('runs for a query', ['/plain?a=1'], steps('global', 'everywhere')),
]);

function ownMiddleware(tell: (what: string) => void): Setup {
  @Controller('own')
  class OwnRoutes {
    @Get()
    own(): string {
      return 'own';
    }
  }
  @Module({ controllers: [OwnRoutes] })
  class Inner {
    configure(consumer: MiddlewareConsumer): void {
      consumer
        .apply((_request: Raw, _reply: Reply, next: Next) => {
          tell('middleware');
          next();
        })
        .forRoutes(OwnRoutes);
    }
  }
  return { define: () => ({ imports: [Inner] }) };
}

describeLives('middleware of a module', [
  {
    title: 'runs for its own controllers',
    live: ownMiddleware,
    meanwhile: ({ ask }) => ask('/own'),
    is: { told: ['middleware'] },
    differs: {
      id: 'middleware',
      inPlugin: { told: [], failed: 'It uses what has no effect in a plugin: configure() (Inner).' },
    },
  },
]);
