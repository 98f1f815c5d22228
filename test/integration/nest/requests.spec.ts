/** What becomes of a request: statuses, headers, redirects, guards, interceptors, paths. */
import {
  type ArgumentMetadata,
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Header,
  HttpCode,
  Injectable,
  type ModuleMetadata,
  type NestInterceptor,
  Param,
  type PipeTransform,
  Post,
  Redirect,
  Res,
  RequestTimeoutException,
  SetMetadata,
  UnauthorizedException,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { catchError, map, type Observable, of, tap, throwError, timer } from 'rxjs';
import { type AskedWord, describeWords, replyOf, requestOf } from '../../support/nest-words.js';

type Type = NonNullable<ModuleMetadata['controllers']>[number];
let provided: NonNullable<ModuleMetadata['providers']> = [];

const ROLE = Reflector.createDecorator<string>();

function helloController(): Type {
  @Injectable()
  class Greetings {
    hello(): string {
      return 'Hello world!';
    }
  }
  @Injectable()
  class ById implements PipeTransform<string> {
    constructor(readonly greetings: Greetings) {}

    transform(id: string, { type, data, metatype }: ArgumentMetadata): object {
      return { id, type, data, metatype: metatype?.name, injected: this.greetings.hello() };
    }
  }
  @Controller('hello')
  class HelloRoutes {
    constructor(readonly greetings: Greetings) {}

    @Get()
    @Header('x-greeting', 'Bearer')
    greeting(): string {
      return this.greetings.hello();
    }

    @Get('async')
    async later(): Promise<string> {
      return this.greetings.hello();
    }

    @Get('stream')
    stream(): Observable<string> {
      return of(this.greetings.hello());
    }

    @Get('promised-stream')
    async promisedStream(): Promise<Observable<string>> {
      return of('first', this.greetings.hello());
    }

    @Get('local-pipe/:id')
    localPipe(@Param('id', ById) found: object): object {
      return found;
    }

    @Post('created')
    created(): object {
      return {};
    }

    @Post('accepted')
    @HttpCode(202)
    accepted(): object {
      return {};
    }

    @Get('status')
    @HttpCode(203)
    status(@Res({ passthrough: true }) reply: FastifyReply): string {
      reply.status(206);
      return 'by the reply';
    }

    @Get('moved')
    @Redirect('/elsewhere', 301)
    moved(): void {}

    @Get('moved-by-value')
    @Redirect('/elsewhere', 301)
    movedByValue(): object {
      return { url: '/other', statusCode: 303 };
    }

    @Get('nothing')
    nothing(): undefined {
      return undefined;
    }
  }
  provided.push(Greetings, ById);
  return HelloRoutes;
}

function guardController(): Type {
  @Injectable()
  class Throws implements CanActivate {
    canActivate(): boolean {
      throw new UnauthorizedException();
    }
  }
  @Injectable()
  class Roles implements CanActivate {
    constructor(readonly reflector: Reflector) {}

    async canActivate(context: ExecutionContext): Promise<boolean> {
      const role = this.reflector.getAllAndOverride(ROLE, [context.getHandler(), context.getClass()]);
      return Promise.resolve(requestOf(context).headers['x-role'] === role);
    }
  }
  class Observed implements CanActivate {
    canActivate(context: ExecutionContext): Observable<boolean> {
      return of(requestOf(context).headers['x-seen'] === '1');
    }
  }
  @Controller('guarded')
  @ROLE('user')
  class GuardedRoutes {
    @Get('throws')
    @UseGuards(Throws)
    throws(): string {
      return 'never';
    }

    @Get('class')
    @UseGuards(Roles)
    ofClass(): string {
      return 'for users';
    }

    @Get('method')
    @UseGuards(Roles)
    @ROLE('admin')
    ofMethod(): string {
      return 'for admins';
    }

    @Get('observed')
    @UseGuards(new Observed())
    observed(): string {
      return 'seen';
    }

    @Get('order')
    @UseGuards(Observed, Throws)
    order(): string {
      return 'never';
    }
  }
  return GuardedRoutes;
}

function interceptorController(): Type {
  class Overrides implements NestInterceptor {
    intercept(): Observable<string> {
      return of('instead');
    }
  }
  class Wraps implements NestInterceptor {
    intercept(_context: ExecutionContext, next: CallHandler): Observable<object> {
      return next.handle().pipe(map((data: unknown) => ({ data })));
    }
  }
  class Statuses implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      replyOf(context).status(400).header('authorization', 'jwt');
      return next.handle();
    }
  }
  class Marks implements NestInterceptor {
    constructor(readonly mark: string) {}

    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      const reply = replyOf(context);
      const add = (step: string): void =>
        void reply.header('x-order', `${String(reply.getHeader('x-order') ?? '')} ${step}${this.mark}`.trim());
      add('+');
      return next.handle().pipe(tap(() => add('-')));
    }
  }
  class Rescues implements NestInterceptor {
    intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
      return next
        .handle()
        .pipe(catchError((error: Error) => throwError(() => new RequestTimeoutException(`was ${error.message}`))));
    }
  }
  class Late implements NestInterceptor {
    async intercept(_context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
      await Promise.resolve();
      return next.handle();
    }
  }
  @Controller('intercepted')
  class InterceptedRoutes {
    @Get('overridden')
    @UseInterceptors(Overrides)
    overridden(): never {
      throw new Error('is never called');
    }

    @Get('wrapped')
    @UseInterceptors(Wraps)
    wrapped(): string {
      return 'value';
    }

    @Get('wrapped-async')
    @UseInterceptors(Late, Wraps)
    async wrappedAsync(): Promise<string> {
      return 'value';
    }

    @Get('wrapped-stream')
    @UseInterceptors(Wraps)
    wrappedStream(): Observable<string> {
      return timer(0).pipe(map(() => 'value'));
    }

    @Get('status')
    @UseInterceptors(Statuses)
    status(): string {
      return 'value';
    }

    @Get('order')
    @UseInterceptors(new Marks('a'), new Marks('b'))
    order(): string {
      return 'value';
    }

    @Get('rescued')
    @UseInterceptors(Rescues)
    rescued(): never {
      throw new Error('too slow');
    }
  }
  return InterceptedRoutes;
}

function orderController(): Type {
  class Guard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      const { handler, type } = { handler: context.getHandler().name, type: context.getType() };
      replyOf(context).header('x-context', `${context.getClass().name}.${handler} ${type} ${context.getArgs().length}`);
      return true;
    }
  }
  @Controller(['first', 'second'])
  @UseGuards(Guard)
  class ManyPaths {
    @Get(['one', 'two'])
    @SetMetadata('any', true)
    any(): string {
      return 'any';
    }

    @Get('files/*')
    wildcard(@Param('*') path: string): object {
      return { path };
    }
  }
  return ManyPaths;
}

function define(): ModuleMetadata {
  provided = [];
  return {
    controllers: [helloController(), guardController(), interceptorController(), orderController()],
    providers: provided,
  };
}

/** What the application sets up for all of its routes holds for those of plugins. */
function prepare(app: NestFastifyApplication): void {
  app.useGlobalPipes({
    transform: (value: unknown, { data }: ArgumentMetadata) => (data === 'q' ? `${String(value)}a` : value),
  });
  app.useGlobalInterceptors({
    intercept: (context: ExecutionContext, next: CallHandler) => {
      replyOf(context).header('x-global', 'intercepted');
      return next.handle();
    },
  });
  app.useGlobalGuards({ canActivate: (context: ExecutionContext) => requestOf(context).headers['x-deny'] !== '1' });
}

const has = (name: string, value = '1'): RequestInit => ({ headers: { [name]: value } });
const error = (statusCode: number, message: string, name: string): AskedWord['is'] => ({
  status: statusCode,
  body: { statusCode, message, error: name },
});
const FORBIDDEN = { status: 403, body: { statusCode: 403, message: 'Forbidden resource', error: 'Forbidden' } };

const row = (title: string, ask: AskedWord['ask'], is: AskedWord['is']): AskedWord => ({ title, ask, is });

describeWords('a request', { define, prepare }, [
  row('answers a text with its headers', ['/hello'], {
    status: 200,
    body: 'Hello world!',
    headers: { 'x-greeting': 'Bearer' },
  }),
  row('waits for a promise', ['/hello/async'], { status: 200, body: 'Hello world!' }),
  row('answers the last value of a stream', ['/hello/stream'], { status: 200, body: 'Hello world!' }),
  row('answers the last value of a promised stream', ['/hello/promised-stream'], { status: 200, body: 'Hello world!' }),
  row(
    'goes through a pipe with injected providers, which gets the metadata of its parameter',
    ['/hello/local-pipe/1'],
    {
      status: 200,
      body: { id: '1', type: 'param', data: 'id', metatype: 'Object', injected: 'Hello world!' },
    },
  ),
  row('answers POST with 201', ['/hello/created', { method: 'POST' }], { status: 201, body: {} }),
  row('answers with the status of @HttpCode', ['/hello/accepted', { method: 'POST' }], { status: 202, body: {} }),
  row('answers with the status of @HttpCode although the reply has had another', ['/hello/status'], {
    status: 206,
    body: 'by the reply',
  }),
  row('is redirected', ['/hello/moved'], { status: 301, headers: { location: '/elsewhere' } }),
  row('is redirected to what the handler returns', ['/hello/moved-by-value'], {
    status: 303,
    headers: { location: '/other' },
  }),
  row('answers undefined with an empty body', ['/hello/nothing'], { status: 200, body: '' }),
  row('answers HEAD without a body', ['/hello', { method: 'HEAD' }], {
    status: 200,
    body: '',
    headers: { 'x-greeting': 'Bearer' },
  }),
  row(
    'is not found below a path that is none',
    ['/hello/none'],
    error(404, 'Cannot GET /api/words/hello/none', 'Not Found'),
  ),

  row('is refused by the exception of a guard', ['/guarded/throws'], {
    status: 401,
    body: { statusCode: 401, message: 'Unauthorized' },
  }),
  row('is refused by a guard that answers false', ['/guarded/class'], FORBIDDEN),
  row('passes a guard that reads metadata of the class', ['/guarded/class', has('x-role', 'user')], {
    status: 200,
    body: 'for users',
  }),
  row('is judged by metadata of the method first', ['/guarded/method', has('x-role', 'user')], FORBIDDEN),
  row('passes a guard that reads metadata of the method', ['/guarded/method', has('x-role', 'admin')], {
    status: 200,
    body: 'for admins',
  }),
  row('is refused by the stream of a guard', ['/guarded/observed'], FORBIDDEN),
  row('passes the stream of a guard', ['/guarded/observed', has('x-seen')], { status: 200, body: 'seen' }),
  row('meets guards in the order in which they are written', ['/guarded/order'], FORBIDDEN),
  row('is refused by a global guard', ['/hello', has('x-deny')], FORBIDDEN),

  row('is answered by an interceptor instead of the handler', ['/intercepted/overridden'], {
    status: 200,
    body: 'instead',
  }),
  row('has a mapped answer', ['/intercepted/wrapped'], { status: 200, body: { data: 'value' } }),
  row('has a mapped answer of a promise behind an async interceptor', ['/intercepted/wrapped-async'], {
    status: 200,
    body: { data: 'value' },
  }),
  row('has a mapped answer of a stream', ['/intercepted/wrapped-stream'], { status: 200, body: { data: 'value' } }),
  row('has the status and the headers of an interceptor', ['/intercepted/status'], {
    status: 400,
    body: 'value',
    headers: { authorization: 'jwt' },
  }),
  row('meets interceptors from the outside in, and back', ['/intercepted/order'], {
    status: 200,
    headers: { 'x-order': '+a +b -b -a', 'x-global': 'intercepted' },
  }),
  row('has the exception of an interceptor', ['/intercepted/rescued'], error(408, 'was too slow', 'Request Timeout')),

  row('reaches a handler by each path of its class and its method', ['/second/two'], {
    status: 200,
    body: 'any',
    headers: { 'x-context': 'ManyPaths.any http 3' },
  }),
  row('has what a wildcard matches', ['/first/files/a/b.txt'], { status: 200, body: { path: 'a/b.txt' } }),
]);
