/** What the OpenAPI document says of routes whose authors have not described it. */
import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Module,
  Param,
  Post,
  Redirect,
  Sse,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ApiConflictResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiServiceUnavailableResponse,
  DocumentBuilder,
  type OpenAPIObject,
} from '@nestjs/swagger';
import { IsInt } from 'class-validator';
import { NEVER, type Observable } from 'rxjs';
import { ApiDocument, Plugin, PluginHostModule } from '../../../src/index.js';

class Tick {
  @ApiProperty()
  @IsInt()
  count!: number;
}

/** A plugin's own class may have the name of the host's. */
class ErrorBody {
  @ApiProperty()
  reason!: string;
}

@Controller()
class Routes {
  @Sse('sse/plain')
  plain(): Observable<never> {
    return NEVER;
  }

  @Sse('sse/:id/with-error')
  @ApiNotFoundResponse({ description: 'No such thing.' })
  withError(@Param('id') _id: string): Observable<never> {
    return NEVER;
  }

  @Sse('sse/typed')
  @ApiOkResponse({ type: Tick })
  typed(): Observable<never> {
    return NEVER;
  }

  @Post('posts')
  @ApiConflictResponse({ type: ErrorBody })
  addPost(@Body() tick: Tick): Tick {
    return tick;
  }

  @Post('no-content')
  @HttpCode(204)
  @ApiConflictResponse()
  drop(): void {}

  @Get('moved')
  @Redirect('/elsewhere', 301)
  @ApiNotFoundResponse()
  moved(): void {}

  @Get('headers')
  @ApiHeader({ name: 'X-Described', required: true })
  @ApiOperation({ summary: 'Reads headers.' })
  @ApiServiceUnavailableResponse({ description: 'The headers are out.', type: Tick })
  readHeaders(@Headers('X-Key') _key: string = '', @Headers('x-described') _described: string): string {
    return 'read';
  }
}

@Plugin({ name: 'sparse', version: '1.0.0', controllers: [Routes] })
class SparsePlugin {}

@Controller('own')
class OwnRoutes {
  @Get()
  @ApiNotFoundResponse({ description: 'As the application says it.' })
  own(): string {
    return 'own';
  }
}

const REFERENCE = { 'application/json': { schema: { $ref: '#/components/schemas/ErrorBody2' } } };

describe('the OpenAPI document of a plugin that describes little', () => {
  let app: NestFastifyApplication;
  let document: OpenAPIObject;

  beforeAll(async () => {
    class Root {}
    const host = { telemetry: { logLevel: 'silent', metrics: false }, storage: { driver: 'memory' } };
    Module({ imports: [await PluginHostModule.forRoot({ plugins: [SparsePlugin], host })], controllers: [OwnRoutes] })(
      Root,
    );
    app = await NestFactory.create<NestFastifyApplication>(Root as Type, new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    document = app.get(ApiDocument).create(app, new DocumentBuilder().setTitle('All').build());
  });

  afterAll(() => app.close());

  type Described = NonNullable<OpenAPIObject['paths'][string]['get']>;
  const operation = (method: 'get' | 'post', path: string): Described => document.paths[path]?.[method] as Described;

  it.each([
    ['a stream', '/api/sparse/sse/plain', { type: 'string' }],
    ['a stream with a described error', '/api/sparse/sse/{id}/with-error', { type: 'string' }],
    ['a stream with a described answer', '/api/sparse/sse/typed', { $ref: '#/components/schemas/Tick' }],
  ])('answers %s with 200 and text/event-stream alone', (_title, path, schema) => {
    const { responses } = operation('get', path);
    expect(responses['200']).toEqual({ description: 'OK', content: { 'text/event-stream': { schema } } });
  });

  it.each([
    ['post', '/api/sparse/posts', '201'],
    ['post', '/api/sparse/no-content', '204'],
    ['get', '/api/sparse/moved', '301'],
    ['get', '/api/sparse/sse/{id}/with-error', '200'],
  ] as const)(
    'has the answer without an error of %s %s, where only errors are described',
    async (method, path, status) => {
      const answers = Object.keys(operation(method, path).responses).filter((key) => /^[23]/.test(key));
      expect(answers).toEqual([status]);
      if (path.includes('sse')) return;
      const served = await app.inject({
        method: method === 'get' ? 'GET' : 'POST',
        url: path,
        ...(method === 'post' && { payload: path.endsWith('posts') ? { count: 1 } : {} }),
      });
      expect(String(served.statusCode)).toBe(status);
    },
  );

  it('documents 503, a default and a body for every error of a plugin', () => {
    const paths = Object.entries(document.paths).filter(([path]) => path.startsWith('/api/sparse'));
    expect(paths).toHaveLength(7);
    for (const [path, { get, post }] of paths) {
      const responses = { ...(get ?? post)?.responses };
      const errors = Object.entries(responses).filter(([status]) => !/^[23]/.test(status));
      expect([path, Object.keys(responses)]).toEqual([path, expect.arrayContaining(['503', 'default'])]);
      for (const [status, answer] of errors)
        expect([path, status, answer]).toEqual([path, status, expect.objectContaining({ content: expect.anything() })]);
    }
    expect(operation('get', '/api/sparse/sse/plain').responses['503']).toMatchObject({
      headers: { 'Retry-After': {} },
      content: REFERENCE,
    });
  });

  it('says how bodies are refused of routes that take one, and of no other', () => {
    const refusals = (method: 'get' | 'post', path: string): string[] =>
      Object.keys(operation(method, path).responses).filter((status) => ['400', '408', '413', '415'].includes(status));
    expect(refusals('post', '/api/sparse/posts')).toEqual(['400', '408', '413', '415']);
    expect(refusals('get', '/api/sparse/sse/plain')).toEqual([]);
  });

  it('leaves what the author has described, also a class that is named as the body of errors', () => {
    expect(operation('get', '/api/sparse/headers').summary).toBe('Reads headers.');
    expect(operation('get', '/api/sparse/headers').responses['503']).toEqual({
      description: 'The headers are out.',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Tick' } } },
    });
    expect(operation('post', '/api/sparse/posts').responses['409']).toMatchObject({
      content: { 'application/json': { schema: { $ref: '#/components/schemas/SparseErrorBody' } } },
    });
    expect(document.components?.schemas).toMatchObject({
      SparseErrorBody: { properties: { reason: {} } },
      ErrorBody2: { required: ['statusCode', 'message'] },
    });
    expect(document.paths['/own']?.get?.responses).toEqual({ 404: { description: 'As the application says it.' } });
  });

  it('makes summaries of the names of methods, and a definition of each tag', () => {
    expect(operation('post', '/api/sparse/posts').summary).toBe('Add post');
    const used = Object.values(document.paths).flatMap(({ get, post }) => [get?.tags ?? [], post?.tags ?? []].flat());
    expect(document.tags?.map(({ name }) => name).toSorted()).toEqual([...new Set(used)].toSorted());
  });

  it('requires a header only where the author says so', () => {
    const { parameters = [] } = operation('get', '/api/sparse/headers');
    const required = parameters.map((one) => ('name' in one ? [one.name.toLowerCase(), one.required] : []));
    expect(Object.fromEntries(required)).toEqual({ 'x-key': false, 'x-described': true });
  });
});
