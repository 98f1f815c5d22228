/** Answers that are files: from a buffer, a stream or an observable, with their headers, and with what happens when they fail. */
import { createReadStream, readFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import {
  Controller,
  Get,
  Header,
  HttpCode,
  type ModuleMetadata,
  Res,
  StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable, of } from 'rxjs';
import { type AskedWord, describeWords, replyOf, type Word } from '../../support/nest-words.js';
import { waitFor } from '../../support/wait-for.js';

const PATH = new URL(import.meta.url).pathname;
const TEXT = readFileSync(PATH, 'utf8');
const BYTES = Buffer.byteLength(TEXT);
const file = (): Readable => createReadStream(PATH);

class Wraps implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next
      .handle()
      .pipe(map((body) => new StreamableFile(Buffer.from(`wrapped ${String(body)}`), { type: 'text/plain' })));
  }
}

class Marks implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    void replyOf(context).header('x-marked', 'yes');
    return next.handle();
  }
}

function fails(after: string | undefined): Readable {
  return Readable.from(
    (async function* () {
      if (after !== undefined) yield Buffer.from(after);
      await new Promise(setImmediate);
      throw new Error('secret of the disk');
    })(),
  );
}

/** Streams that wait for their client, by the side. */
const open = new Map<string, PassThrough>();

function fileRoutes(): ModuleMetadata {
  @Controller('files')
  class Files {
    @Get('buffer')
    buffer(): StreamableFile {
      return new StreamableFile(Buffer.from(TEXT));
    }

    @Get('bytes')
    bytes(): StreamableFile {
      return new StreamableFile(new Uint8Array([104, 105]));
    }

    @Get('stream')
    stream(): StreamableFile {
      return new StreamableFile(file());
    }

    @Get('promised')
    async promised(): Promise<StreamableFile> {
      await Promise.resolve();
      return new StreamableFile(file());
    }

    @Get('observed')
    observed(): Observable<StreamableFile> {
      return of(new StreamableFile(file()));
    }

    @Get('described')
    described(): StreamableFile {
      const options = { type: 'text/markdown', disposition: 'attachment; filename="Readme.md"', length: BYTES };
      return new StreamableFile(file(), options);
    }

    @Get('set')
    @Header('content-type', 'application/x-own')
    @Header('content-disposition', 'inline')
    set(): StreamableFile {
      return new StreamableFile(Buffer.from('set'), { type: 'text/plain', disposition: 'attachment' });
    }

    @Get('tagged')
    tagged(@Res({ passthrough: true }) reply: FastifyReply): StreamableFile {
      void reply.headers({ etag: '"1"', 'accept-ranges': 'bytes', 'content-range': `bytes 0-3/${BYTES}` });
      return new StreamableFile(Buffer.from(TEXT));
    }

    @Get('accepted')
    @HttpCode(203)
    accepted(): StreamableFile {
      return new StreamableFile(Buffer.from('accepted'));
    }

    @Get('wrapped')
    @UseInterceptors(Wraps)
    wrapped(): string {
      return 'text';
    }

    @Get('marked')
    @UseInterceptors(Marks)
    marked(): StreamableFile {
      return new StreamableFile(Buffer.from('marked'));
    }

    @Get('empty')
    empty(): StreamableFile {
      return new StreamableFile(Buffer.alloc(0));
    }

    @Get('missing')
    missing(): StreamableFile {
      return new StreamableFile(createReadStream('/missing/file'));
    }

    @Get('breaks')
    breaks(): StreamableFile {
      return new StreamableFile(fails('begun'));
    }

    @Get('breaks-at-once')
    breaksAtOnce(): StreamableFile {
      return new StreamableFile(fails(undefined));
    }

    @Get('handled')
    handled(): StreamableFile {
      return new StreamableFile(createReadStream('/missing/file')).setErrorHandler((_error, response) => {
        response.statusCode = 410;
        response.send('gone');
      });
    }

    @Get('raw-buffer')
    rawBuffer(): Buffer {
      return Buffer.from('raw');
    }

    @Get('raw-stream')
    @Header('content-type', 'text/plain')
    rawStream(): Readable {
      return Readable.from(['raw ', 'stream']);
    }

    @Get('iterated')
    async *iterated(): AsyncIterable<string> {
      yield 'one ';
      yield 'two';
    }

    @Get('response')
    response(): Response {
      return new Response('web', { status: 202, headers: { 'x-web': 'yes', 'content-type': 'text/x-web' } });
    }

    @Get('open/:side')
    open(@Res({ passthrough: true }) reply: FastifyReply): StreamableFile {
      const stream = new PassThrough();
      stream.write('first');
      open.set((reply.request.params as { side: string }).side, stream);
      return new StreamableFile(stream);
    }
  }
  return { controllers: [Files] };
}

const OCTETS = 'application/octet-stream';
const file200 = (
  title: string,
  path: string,
  headers: Record<string, unknown> = {},
  body: string = TEXT,
): AskedWord => ({
  title,
  ask: [`/files/${path}`],
  is: { status: 200, body, ...(Object.keys(headers).length > 0 ? { headers } : {}) },
});

const WORDS: readonly (Word | AskedWord)[] = [
  file200('sends a buffer with its length', 'buffer', { 'content-type': OCTETS, 'content-length': `${BYTES}` }),
  file200('sends bytes', 'bytes', { 'content-type': OCTETS, 'content-length': '2' }, 'hi'),
  file200('sends a stream without a length', 'stream', { 'content-type': OCTETS, 'content-length': undefined }),
  file200('sends a promised file', 'promised'),
  file200('sends a file out of an observable', 'observed'),
  file200('sends the type, the disposition and the length that the file says', 'described', {
    'content-type': 'text/markdown',
    'content-disposition': 'attachment; filename="Readme.md"',
    'content-length': `${BYTES}`,
  }),
  file200(
    'lets headers of the route win',
    'set',
    { 'content-type': 'application/x-own', 'content-disposition': 'inline' },
    'set',
  ),
  file200('keeps headers that the handler sets, and the status', 'tagged', {
    etag: '"1"',
    'accept-ranges': 'bytes',
    'content-range': `bytes 0-3/${BYTES}`,
  }),
  { title: 'has the status of the route', ask: ['/files/accepted'], is: { status: 203, body: 'accepted' } },
  file200('sends a file that an interceptor makes', 'wrapped', { 'content-type': 'text/plain' }, 'wrapped text'),
  file200('keeps headers of an interceptor', 'marked', { 'x-marked': 'yes' }, 'marked'),
  file200('sends an empty file', 'empty', { 'content-length': '0' }, ''),
  {
    title: 'sends the whole file for a range and a tag that the handler does not look at',
    ask: ['/files/buffer', { headers: { range: 'bytes=0-3', 'if-none-match': '"1"' } }],
    is: { status: 200, body: TEXT, headers: { 'content-range': undefined } },
  },
  {
    title: 'answers HEAD with the headers alone',
    ask: ['/files/described', { method: 'HEAD' }],
    is: { status: 200, body: '', headers: { 'content-type': 'text/markdown', 'content-length': `${BYTES}` } },
  },
  {
    title: 'answers a file that cannot be read without its path',
    ask: ['/files/missing'],
    is: { status: 500, body: expect.not.stringContaining('/missing/file') },
  },
  {
    title: 'answers a stream that fails before its first byte',
    ask: ['/files/breaks-at-once'],
    is: { status: 500, body: expect.not.stringContaining('secret') },
  },
  // Only Express asks it.
  {
    title: 'does not ask the error handler of the file',
    ask: ['/files/handled'],
    is: { status: 500, body: expect.not.stringContaining('gone') },
  },
  {
    title: 'breaks the connection off when the stream fails later',
    observe: (side) => side.ask('/files/breaks').catch((error: Error) => error.message),
    is: 'terminated',
  },
  file200('sends a buffer that is no file', 'raw-buffer', { 'content-type': OCTETS }, 'raw'),
  file200('sends a stream that is no file', 'raw-stream', { 'content-type': 'text/plain' }, 'raw stream'),
  file200('sends what an async generator yields', 'iterated', {}, 'one two'),
  {
    title: 'sends a web response',
    ask: ['/files/response'],
    is: { status: 202, body: 'web', headers: { 'x-web': 'yes', 'content-type': 'text/x-web' } },
  },
  {
    title: 'ends the stream when the client goes',
    observe: async ({ app, kind }) => {
      const client = new AbortController();
      const { body } = await fetch(`${await app.getUrl()}/api/words/files/open/${kind}`, { signal: client.signal });
      const { value } = await body!.getReader().read();
      client.abort();
      return [Buffer.from(value!).toString(), await waitFor(() => open.get(kind)?.destroyed)];
    },
    is: ['first', true],
  },
];

describeWords('files as answers', { define: fileRoutes }, WORDS);
