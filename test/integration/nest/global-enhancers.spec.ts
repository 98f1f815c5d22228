/** Enhancers that the application has for all routes, by `use…` and by `APP_…`: their order, and that they hold for the routes of a plugin. */
import 'reflect-metadata';
import {
  type ArgumentMetadata,
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  Module,
  type ModuleMetadata,
  NotFoundException,
  Param,
  type Provider,
  Scope,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, REQUEST } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tap } from 'rxjs';
import { row } from '../../support/nest-rows.js';
import { describeWords, replyOf } from '../../support/nest-words.js';

class OfApp extends Error {}
class OfRequest extends Error {}
class OfUse extends Error {}
class OfController extends Error {}

/** Adds to a header of the answer what has been met. */
function mark(reply: FastifyReply, step: string): void {
  void reply.header('x-steps', `${String(reply.getHeader('x-steps') ?? '')} ${step}`.trim());
}
const guard = (name: string) => ({
  canActivate: (context: ExecutionContext) => {
    mark(replyOf(context), `guard:${name}`);
    return true;
  },
});
const interceptor = (name: string) => ({
  intercept: (context: ExecutionContext, next: CallHandler) => {
    mark(replyOf(context), `in:${name}`);
    return next.handle().pipe(tap(() => mark(replyOf(context), `out:${name}`)));
  },
});
const pipe = (name: string) => ({
  transform: (value: unknown, { type }: ArgumentMetadata) => (type === 'param' ? `${String(value)} ${name}` : value),
});
function filter(name: string, ...caught: Type<Error>[]) {
  @Catch(...caught)
  class Filter {
    catch(thrown: Error, host: ArgumentsHost): void {
      void host
        .switchToHttp()
        .getResponse<FastifyReply>()
        .status(418)
        .send({ filter: name, thrown: thrown.constructor.name });
    }
  }
  return new Filter();
}

function define(): ModuleMetadata {
  @Controller('enhanced')
  @UseGuards(guard('controller'))
  @UseInterceptors(interceptor('controller'))
  @UsePipes(pipe('controller'))
  @UseFilters(filter('controller', OfController))
  class EnhancedRoutes {
    @Get('order/:id')
    @UseGuards(guard('method'))
    @UseInterceptors(interceptor('method'))
    @UsePipes(pipe('method'))
    order(@Param('id', pipe('parameter')) id: string): object {
      return { id };
    }

    @Get('throws/app')
    ofApp(): never {
      throw new OfApp();
    }

    @Get('throws/use')
    ofUse(): never {
      throw new OfUse();
    }

    @Get('throws/request')
    ofRequest(): never {
      throw new OfRequest();
    }

    @Get('throws/controller')
    ofController(): never {
      throw new OfController();
    }

    @Get('throws/method')
    @UseFilters(filter('method', OfController))
    ofMethod(): never {
      throw new OfController();
    }

    @Get('throws/not-found')
    notFound(): never {
      throw new NotFoundException('of the handler');
    }

    @Get('throws/http')
    http(): never {
      throw new HttpException('of the handler', 409);
    }
  }
  return { controllers: [EnhancedRoutes] };
}

function beside(): NonNullable<ModuleMetadata['imports']> {
  @Injectable({ scope: Scope.REQUEST })
  class GuardOfRequest {
    constructor(readonly request: FastifyRequest) {}

    canActivate(context: ExecutionContext): boolean {
      mark(replyOf(context), `guard:request ${String(this.request.method)}`);
      return true;
    }
  }
  const providers: Provider[] = [
    { provide: APP_GUARD, useValue: guard('app') },
    {
      provide: APP_GUARD,
      scope: Scope.REQUEST,
      useFactory: (request: FastifyRequest) => new GuardOfRequest(request),
      inject: [REQUEST],
    },
    { provide: APP_INTERCEPTOR, useFactory: () => interceptor('app') },
    { provide: APP_INTERCEPTOR, scope: Scope.TRANSIENT, useFactory: () => interceptor('transient') },
    { provide: APP_PIPE, scope: Scope.REQUEST, useFactory: () => pipe('request') },
    { provide: APP_FILTER, scope: Scope.REQUEST, useFactory: () => filter('request', OfRequest) },
    { provide: APP_PIPE, useValue: pipe('app') },
    { provide: APP_FILTER, useValue: filter('app', OfApp) },
  ];
  @Module({ providers })
  class EnhancersModule {}
  return [EnhancersModule];
}

function prepare(app: NestFastifyApplication): void {
  app.useGlobalGuards(guard('use'));
  app.useGlobalInterceptors(interceptor('use'));
  app.useGlobalPipes(pipe('use'));
  app.useGlobalFilters(filter('use', OfUse, NotFoundException));
}

const caught = (name: string, thrown: string) => ({ status: 418, body: { filter: name, thrown } });

describeWords('enhancers of the application', { define, beside, prepare }, [
  row('come before those of controllers and methods, guards first', ['/enhanced/order/7'], {
    status: 200,
    body: { id: '7 app use request controller method parameter' },
    headers: {
      'x-steps': [
        'guard:app guard:use guard:request GET guard:controller guard:method',
        'in:app in:use in:transient in:controller in:method',
        'out:method out:controller out:transient out:use out:app',
      ].join(' '),
    },
  }),
  row('catch what is left to them, by APP_FILTER', ['/enhanced/throws/app'], caught('app', 'OfApp')),
  row(
    'catch what is left to them, by an APP_FILTER that belongs to a request',
    ['/enhanced/throws/request'],
    caught('request', 'OfRequest'),
  ),
  row('catch what is left to them, by useGlobalFilters', ['/enhanced/throws/use'], caught('use', 'OfUse')),
  row(
    'leave to the filter of a controller what it catches',
    ['/enhanced/throws/controller'],
    caught('controller', 'OfController'),
  ),
  row('leave to the filter of a method what it catches', ['/enhanced/throws/method'], caught('method', 'OfController')),
  row(
    'catch exceptions of Nest that a handler throws',
    ['/enhanced/throws/not-found'],
    caught('use', 'NotFoundException'),
  ),
  row('leave to Nest what no filter catches', ['/enhanced/throws/http'], {
    status: 409,
    body: { statusCode: 409, message: 'of the handler' },
  }),
  row('catch that there is no such path', ['/enhanced/none'], caught('use', 'NotFoundException')),
  row('catch that there is no such path at all', ['/none'], caught('use', 'NotFoundException')),
]);

/** What an application serves beside the module, marked by the enhancers that hold for it. */
function neighbour(): NonNullable<ModuleMetadata['imports']> {
  @Controller('neighbour')
  class NeighbourRoutes {
    @Get()
    get(): object {
      return {};
    }
  }
  @Module({ controllers: [NeighbourRoutes] })
  class NeighbourModule {}
  return [NeighbourModule];
}

const own = (): ModuleMetadata => ({
  ...define(),
  providers: [
    { provide: APP_GUARD, useValue: guard('module') },
    { provide: APP_INTERCEPTOR, useValue: interceptor('module') },
  ],
});

describeWords('enhancers of a module, by APP_GUARD and APP_INTERCEPTOR', { define: own, beside: neighbour }, [
  row('hold for its own routes', ['/enhanced/throws/method'], {
    ...caught('method', 'OfController'),
    headers: { 'x-steps': 'guard:module guard:controller in:module in:controller' },
  }),
  {
    title: 'hold for the routes of other modules',
    observe: async ({ app, kind }) => {
      const prefix = kind === 'native' ? '/api/words' : '/api';
      const { statusCode, headers } = await app.inject(`${prefix}/neighbour`);
      return { statusCode, steps: headers['x-steps'] };
    },
    is: { statusCode: 200, steps: 'guard:module in:module out:module' },
    differs: { id: 'app-enhancers', inPlugin: { statusCode: 200, steps: undefined } },
  },
]);
