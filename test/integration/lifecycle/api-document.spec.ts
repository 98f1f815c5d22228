import {
  Body,
  Controller,
  Get,
  type INestApplication,
  Module,
  Post,
  type Type,
  Version,
  VersioningType,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiProperty, DocumentBuilder, type OpenAPIObject } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { ApiDocument, Plugin, PluginHost, PluginHostModule } from '../../../src/index.js';

class Book {
  @ApiProperty()
  @IsString()
  title!: string;
}

@Controller({ path: 'books', version: ['1', '2'] })
class BooksRoutes {
  @Get()
  list(): string[] {
    return [];
  }

  @Get(':id')
  @Version('3')
  show(): string {
    return 'book';
  }

  @Post()
  add(@Body() book: Book): Book {
    return book;
  }
}

@Controller('shared')
class SharedRoutes {
  @Get()
  show(): string {
    return 'shared';
  }
}

@Module({ controllers: [SharedRoutes] })
class SharedModule {}

@Plugin({ name: 'library', version: '1.0.0', controllers: [BooksRoutes], imports: [SharedModule] })
class LibraryPlugin {}

@Plugin({ name: 'archive', version: '1.0.0', imports: [SharedModule] })
class ArchivePlugin {}

/** Of the application, at an address that looks like a plugin's once the global prefix is there. */
@Controller('api/library')
class OwnRoutes {
  @Get('own')
  @Version('1')
  own(): string {
    return 'own';
  }
}

interface Setup {
  readonly globalPrefix?: string;
  readonly prefix?: string;
  readonly versioning?: Parameters<INestApplication['enableVersioning']>[0];
}

async function started({ globalPrefix, prefix = 'api', versioning }: Setup): Promise<NestFastifyApplication> {
  class Root {}
  const host = { telemetry: { logLevel: 'silent', metrics: false }, http: { prefix } };
  Module({
    imports: [await PluginHostModule.forRoot({ plugins: [LibraryPlugin, ArchivePlugin], host })],
    controllers: [OwnRoutes],
  })(Root);
  const app = await NestFactory.create<NestFastifyApplication>(Root as Type, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  if (globalPrefix !== undefined) app.setGlobalPrefix(globalPrefix);
  if (versioning) app.enableVersioning(versioning);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

const document = (app: NestFastifyApplication): OpenAPIObject =>
  app.get(ApiDocument).create(app, new DocumentBuilder().setTitle('All').build());

/** Of the routes that are not the host's own. */
function paths(app: NestFastifyApplication): string[] {
  const found = Object.entries(document(app).paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  return found.filter((path) => !path.includes('/health')).toSorted();
}

describe('the OpenAPI document', () => {
  it.each<[string, Setup, string[]]>([
    [
      'with neither versions nor a prefix of the application',
      {},
      [
        'get /api/archive/shared',
        'get /api/library/books',
        'get /api/library/books/{id}',
        'get /api/library/own',
        'get /api/library/shared',
        'post /api/library/books',
      ],
    ],
    [
      'with versions in the path and a prefix of the application',
      { globalPrefix: 'rest', versioning: { type: VersioningType.URI } },
      [
        'get /api/archive/shared',
        'get /api/library/shared',
        'get /api/library/v1/books',
        'get /api/library/v2/books',
        'get /api/library/v3/books/{id}',
        'get /rest/v1/api/library/own',
        'post /api/library/v1/books',
        'post /api/library/v2/books',
      ],
    ],
    [
      'with a prefix of plugins of several segments and of the application, which are the same',
      { globalPrefix: 'v1/apps', prefix: 'v1/apps', versioning: { type: VersioningType.URI, defaultVersion: '7' } },
      [
        'get /v1/apps/archive/v7/shared',
        'get /v1/apps/library/v1/books',
        'get /v1/apps/library/v2/books',
        'get /v1/apps/library/v3/books/{id}',
        'get /v1/apps/library/v7/shared',
        'get /v1/apps/v1/api/library/own',
        'post /v1/apps/library/v1/books',
        'post /v1/apps/library/v2/books',
      ],
    ],
  ])('shows each route where it is served %s', async (_title, setup, expected) => {
    const app = await started(setup);
    try {
      expect(paths(app)).toEqual(expected);
      for (const path of paths(app)) {
        const [method, url = ''] = path.split(' ');
        const answer = await app.inject({
          method: method === 'post' ? 'POST' : 'GET',
          url: url.replace('{id}', '1'),
          payload: { title: 'x' },
        });
        expect([path, answer.statusCode]).toEqual([path, method === 'post' ? 201 : 200]);
      }
    } finally {
      await app.close();
    }
  });

  it('includes the schemas of plugins in the API document, and leaves out a plugin that does not run', async () => {
    const app = await started({});
    try {
      expect(document(app)).toMatchObject({
        info: { title: 'All' },
        components: { schemas: { Book: { type: 'object' } } },
      });

      await app.get(PluginHost).stop('library');
      expect(paths(app)).toEqual(['get /api/archive/shared', 'get /api/library/own']);

      await app.get(PluginHost).start('library');
      expect(paths(app)).toContain('get /api/library/books');
    } finally {
      await app.close();
    }
  });
});
