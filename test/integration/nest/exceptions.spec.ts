/** What a thrown value becomes: exceptions of handlers, promises and streams, and the filters that catch them. */
import {
  type ArgumentsHost,
  BadRequestException,
  Catch,
  Controller,
  type ExceptionFilter,
  ForbiddenException,
  Get,
  Header,
  Injectable,
  type ModuleMetadata,
  UseFilters,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Observable, throwError } from 'rxjs';
import { type ClassType, refusal, row } from '../../support/nest-rows.js';
import { describeWords } from '../../support/nest-words.js';

let provided: NonNullable<ModuleMetadata['providers']> = [];

class Gone extends Error {}

function errorController(): ClassType {
  @Injectable()
  class Told {
    readonly code = 410;
  }
  @Catch(Gone)
  @Injectable()
  class GoneFilter implements ExceptionFilter {
    constructor(readonly told: Told) {}

    catch(error: Gone, host: ArgumentsHost): void {
      void host.switchToHttp().getResponse<FastifyReply>().status(this.told.code).send({ gone: error.message });
    }
  }
  @Catch()
  class AnyFilter implements ExceptionFilter {
    catch(error: unknown, host: ArgumentsHost): void {
      void host
        .switchToHttp()
        .getResponse<FastifyReply>()
        .status(418)
        .send({ any: String(error) });
    }
  }
  @Catch(Gone)
  class RejectingFilter implements ExceptionFilter {
    async catch(): Promise<never> {
      return Promise.reject(new ForbiddenException('by the filter'));
    }
  }
  provided.push(Told, GoneFilter);
  @Controller('errors')
  class ErrorRoutes {
    @Get('sync')
    sync(): never {
      throw new BadRequestException({ statusCode: 400, error: 'Bad Request', message: 'on purpose' });
    }

    @Get('async')
    async later(): Promise<never> {
      throw new BadRequestException('later');
    }

    @Get('text')
    text(): never {
      throw new BadRequestException('a text', { description: 'described' });
    }

    @Get('unexpected')
    @Header('content-type', 'application/pdf')
    unexpected(): never {
      throw new Error('secret');
    }

    @Get('with-status')
    withStatus(): never {
      throw Object.assign(new Error('secret'), { statusCode: 403 });
    }

    @Get('filtered')
    @UseFilters(GoneFilter)
    filtered(): never {
      throw new Gone('sold');
    }

    @Get('most-specific')
    @UseFilters(AnyFilter, GoneFilter)
    mostSpecific(): never {
      throw new Gone('sold');
    }

    @Get('any')
    @UseFilters(GoneFilter, AnyFilter)
    any(): never {
      throw new TypeError('odd');
    }

    @Get('rejecting')
    @UseFilters(RejectingFilter)
    rejecting(): never {
      throw new Gone('sold');
    }

    @Get('stream')
    stream(): Observable<never> {
      return throwError(() => new ForbiddenException('by the stream'));
    }
  }
  return ErrorRoutes;
}

function define(): ModuleMetadata {
  provided = [];
  return { controllers: [errorController()], providers: provided };
}

const INTERNAL = { status: 500, body: { statusCode: 500, message: 'Internal server error' } };

describeWords('an exception', { define }, [
  row('has the answer of an exception', ['/errors/sync'], refusal(400, 'on purpose', 'Bad Request')),
  row('has the answer of an exception in a promise', ['/errors/async'], refusal(400, 'later', 'Bad Request')),
  row('has the answer of an exception with a description', ['/errors/text'], refusal(400, 'a text', 'described')),
  row('has the answer of an exception in a stream', ['/errors/stream'], refusal(403, 'by the stream', 'Forbidden')),
  row('is answered 500 without the message of an refusal, as JSON whatever type was set', ['/errors/unexpected'], {
    ...INTERNAL,
    headers: { 'content-type': expect.stringContaining('application/json') },
  }),
  row('is answered 500 for an error that has a status', ['/errors/with-status'], INTERNAL),
  row('is answered by a filter with injected providers', ['/errors/filtered'], { status: 410, body: { gone: 'sold' } }),
  row('is answered by the first filter of those that catch', ['/errors/most-specific'], {
    status: 410,
    body: { gone: 'sold' },
  }),
  row('is answered by a filter for everything', ['/errors/any'], { status: 418, body: { any: 'TypeError: odd' } }),
]);
