/** Server-sent events: the form of each event, headers and statuses, and how a stream ends on either side. */
import {
  Controller,
  ForbiddenException,
  Header,
  HttpCode,
  Injectable,
  type MessageEvent,
  type ModuleMetadata,
  Param,
  Query,
  Res,
  Sse,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { CallHandler, CanActivate, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { concat, EMPTY, map, Observable, of, Subject, throwError } from 'rxjs';
import { type AskedWord, describeWords, requestOf, type Side, type Word } from '../../support/nest-words.js';
import { waitFor } from '../../support/wait-for.js';

/** Streams that go on until their client goes. */
class Open {
  readonly events = new Subject<MessageEvent>();
  clients = 0;
  gone = 0;
}

class Upper implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((event: MessageEvent) => ({ ...event, data: String(event.data).toUpperCase() })));
  }
}

class Refuses implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return requestOf(context).headers['x-in'] === '1';
  }
}

function eventRoutes(): ModuleMetadata {
  @Injectable()
  @Controller('events')
  class Events {
    constructor(readonly open: Open) {}

    @Sse('texts')
    texts(): Observable<MessageEvent> {
      return of({ data: 'one' }, { data: 'two' });
    }

    @Sse('objects')
    objects(): Observable<MessageEvent> {
      return of({ data: { a: 1, b: [true, null] } });
    }

    @Sse('fields')
    fields(): Observable<MessageEvent> {
      return of({ type: 'changed', id: 'seven', retry: 1_500, comment: 'why', data: 'x' });
    }

    @Sse('ids')
    ids(): Observable<MessageEvent> {
      return of({ data: 'a' }, { data: 'b', id: '0' }, { data: 'c' });
    }

    @Sse('lines')
    lines(): Observable<MessageEvent> {
      return of({ data: 'one\ntwo\r\nthree\rfour', type: 'bad\nname' });
    }

    @Sse('comment')
    comment(): Observable<MessageEvent> {
      return of({ comment: 'still here' } as MessageEvent);
    }

    @Sse('empty')
    empty(): Observable<MessageEvent> {
      return EMPTY;
    }

    @Sse('promised')
    async promised(): Promise<Observable<MessageEvent>> {
      return of({ data: 'promised' });
    }

    @Sse('of/:name')
    ofName(@Param('name') name: string, @Query('q') q: string): Observable<MessageEvent> {
      return of({ data: `${name} ${q}` });
    }

    @Sse('upper')
    @UseInterceptors(Upper)
    upper(): Observable<MessageEvent> {
      return of({ data: 'loud' });
    }

    @Sse('guarded')
    @UseGuards(Refuses)
    guarded(): Observable<MessageEvent> {
      return of({ data: 'in' });
    }

    @Sse('headers')
    @Header('x-own', 'yes')
    headers(@Res({ passthrough: true }) reply: FastifyReply): Observable<MessageEvent> {
      void reply.header('x-late', 'too');
      return of({ data: 'h' });
    }

    @Sse('status')
    @HttpCode(202)
    status(): Observable<MessageEvent> {
      return of({ data: 's' });
    }

    @Sse('throws')
    throws(): Observable<MessageEvent> {
      throw new ForbiddenException('not you');
    }

    @Sse('rejects')
    async rejects(): Promise<Observable<MessageEvent>> {
      throw new ForbiddenException('not you');
    }

    @Sse('fails-first')
    failsFirst(): Observable<MessageEvent> {
      return throwError(() => new ForbiddenException('not yet'));
    }

    @Sse('fails-later')
    failsLater(): Observable<MessageEvent> {
      return concat(
        of({ data: 'begun' }),
        throwError(() => new Error('broke')),
      );
    }

    @Sse('no-stream')
    noStream(): unknown {
      return 'text';
    }

    @Sse('open')
    openStream(): Observable<MessageEvent> {
      return new Observable<MessageEvent>((client) => {
        this.open.clients++;
        const events = this.open.events.subscribe(client);
        client.next({ data: 'welcome' });
        return () => {
          this.open.gone++;
          events.unsubscribe();
        };
      });
    }
  }
  return { controllers: [Events], providers: [Open] };
}

/** Every stream begins with an empty line. */
const events = (...lines: string[]): string => `\n${lines.map((line) => `${line}\n`).join('')}`;
const streams = (title: string, path: string, ...lines: string[]): AskedWord => ({
  title,
  ask: [`/events/${path}`],
  is: { status: 200, body: events(...lines), headers: { 'content-type': 'text/event-stream' } },
});
const refuses = (title: string, path: string, message: string): AskedWord => ({
  title,
  ask: [`/events/${path}`],
  is: { status: 403, body: { statusCode: 403, error: 'Forbidden', message } },
});

class Client {
  text = '';
  readonly #abort = new AbortController();
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  async open({ app }: Side, path: string): Promise<this> {
    const { body } = await fetch(`${await app.getUrl()}/api/words/events/${path}`, { signal: this.#abort.signal });
    this.#reader = body!.getReader();
    return this;
  }

  /** Reads until this has come; without it, to the end. */
  async read(wanted?: string): Promise<void> {
    const hasCome = (): boolean => wanted !== undefined && this.text.includes(wanted);
    while (!hasCome()) {
      const { done, value } = await this.#reader!.read();
      if (done) return;
      this.text += new TextDecoder().decode(value);
    }
  }

  leave(): void {
    this.#abort.abort();
  }
}

const WORDS: readonly (Word | AskedWord)[] = [
  streams('sends each value, with ids that count', 'texts', 'id: 1', 'data: one', '', 'id: 2', 'data: two', ''),
  streams('sends objects as JSON', 'objects', 'id: 1', 'data: {"a":1,"b":[true,null]}', ''),
  streams(
    'sends the type, the id, the retry and the comment',
    'fields',
    'event: changed',
    'id: seven',
    'retry: 1500',
    ': why',
    'data: x',
    '',
  ),
  streams(
    'counts no event that has its own id',
    'ids',
    'id: 1',
    'data: a',
    '',
    'id: 0',
    'data: b',
    '',
    'id: 2',
    'data: c',
    '',
  ),
  streams(
    'sends several lines, and one for a type',
    'lines',
    'event: badname',
    'id: 1',
    'data: one',
    'data: two',
    'data: three',
    'data: four',
    '',
  ),
  streams('sends a comment alone', 'comment', ': still here', ''),
  streams('ends with its observable, also an empty one', 'empty'),
  streams('sends a promised observable', 'promised', 'id: 1', 'data: promised', ''),
  streams('has parameters', 'of/name?q=1', 'id: 1', 'data: name 1', ''),
  streams('goes through interceptors, each event', 'upper', 'id: 1', 'data: LOUD', ''),
  {
    title: 'has the headers of a stream, of the route and of the handler',
    ask: ['/events/headers'],
    is: {
      status: 200,
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'private, no-cache, no-store, must-revalidate, max-age=0, no-transform',
        'x-accel-buffering': 'no',
        'content-length': undefined,
        'x-own': 'yes',
        'x-late': 'too',
      },
    },
  },
  {
    title: 'has the status of the route',
    ask: ['/events/status'],
    is: { status: 202, body: events('id: 1', 'data: s', '') },
  },
  refuses('goes through guards', 'guarded', 'Forbidden resource'),
  {
    title: 'is let through by guards',
    ask: ['/events/guarded', { headers: { 'x-in': '1' } }],
    is: { status: 200, body: events('id: 1', 'data: in', '') },
  },
  refuses('answers what the handler throws', 'throws', 'not you'),
  refuses('answers what the handler rejects with', 'rejects', 'not you'),
  refuses('answers an observable that fails at once', 'fails-first', 'not yet'),
  streams(
    'sends an error that comes later as an event without its message, and ends',
    'fails-later',
    'id: 1',
    'data: begun',
    '',
    'event: error',
    'id: 2',
    'data: Internal server error',
    '',
  ),
  {
    title: 'answers a handler that returns no observable with an error',
    ask: ['/events/no-stream'],
    is: { status: 500 },
  },
  {
    title: 'sends to each client what comes, and unsubscribes when it goes',
    observe: async (side) => {
      const open = side.ref.get(Open);
      const clients = [await new Client().open(side, 'open'), await new Client().open(side, 'open')] as const;
      await Promise.all(clients.map((client) => client.read('welcome')));
      open.events.next({ data: 'both' });
      await Promise.all(clients.map((client) => client.read('both')));
      clients[0].leave();
      await waitFor(() => open.gone === 1);
      open.events.next({ data: 'one' });
      await clients[1].read('one');
      open.events.complete();
      await clients[1].read();
      await waitFor(() => open.gone === 2);
      return { clients: open.clients, isSubscribed: open.events.observed, text: clients[1].text };
    },
    is: {
      clients: 2,
      isSubscribed: false,
      text: events('id: 1', 'data: welcome', '', 'id: 2', 'data: both', '', 'id: 3', 'data: one', ''),
    },
  },
];

describeWords('server-sent events', { define: eventRoutes }, WORDS);
