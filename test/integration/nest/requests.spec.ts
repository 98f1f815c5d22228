/** What becomes of a request: statuses, headers, redirects, streams, paths. */
import {
  type ArgumentMetadata,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Header,
  HttpCode,
  Injectable,
  type ModuleMetadata,
  Param,
  type PipeTransform,
  Post,
  Redirect,
  Res,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Observable, of } from 'rxjs';
import { type ClassType, refusal, row } from '../../support/nest-rows.js';
import { describeWords, replyOf } from '../../support/nest-words.js';

let provided: NonNullable<ModuleMetadata['providers']> = [];

function helloController(): ClassType {
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

function orderController(): ClassType {
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
  return { controllers: [helloController(), orderController()], providers: provided };
}

describeWords('a request', { define }, [
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
    refusal(404, 'Cannot GET /api/words/hello/none', 'Not Found'),
  ),

  row('reaches a handler by each path of its class and its method', ['/second/two'], {
    status: 200,
    body: 'any',
    headers: { 'x-context': 'ManyPaths.any http 3' },
  }),
  row('has what a wildcard matches', ['/first/files/a/b.txt'], { status: 200, body: { path: 'a/b.txt' } }),
]);
