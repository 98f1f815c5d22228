/** Guards and interceptors of controllers and methods, behind those that the application has for all of its routes. */
import {
  type ArgumentMetadata,
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type ModuleMetadata,
  type NestInterceptor,
  RequestTimeoutException,
  UnauthorizedException,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { catchError, map, type Observable, of, tap, throwError, timer } from 'rxjs';
import { type ClassType, refusal, FORBIDDEN, has, row } from '../../support/nest-rows.js';
import { describeWords, replyOf, requestOf } from '../../support/nest-words.js';

const ROLE = Reflector.createDecorator<string>();

function guardController(): ClassType {
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

function interceptorController(): ClassType {
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

function define(): ModuleMetadata {
  return { controllers: [guardController(), interceptorController()] };
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

describeWords('an enhanced request', { define, prepare }, [
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
  row('is refused by a global guard', ['/intercepted/wrapped', has('x-deny')], FORBIDDEN),

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
  row('has the exception of an interceptor', ['/intercepted/rescued'], refusal(408, 'was too slow', 'Request Timeout')),
]);
