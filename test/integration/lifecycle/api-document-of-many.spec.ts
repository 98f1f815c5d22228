/** What plugins that do not know each other, or cannot be described, do to the OpenAPI document that they share. */
import { Body, Controller, Get, Logger, Module, Post, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  DocumentBuilder,
  getSchemaPath,
  type OpenAPIObject,
} from '@nestjs/swagger';
import { ApiDocument, Plugin, PluginHost, PluginHostModule } from '../../../src/index.js';

type Decorate = (target: object, key: string) => void;

class Broken {
  @ApiPropertyOptional()
  un?: undefined;
}

/** A class with the given name, whose fields are described as given. */
function dto(name: string, fields: Record<string, Decorate>): Type<object> {
  const type = { [name]: class {} }[name] as Type<object>;
  for (const [key, decorate] of Object.entries(fields)) {
    Reflect.defineMetadata('design:type', Object, type.prototype as object, key);
    decorate(type.prototype as object, key);
  }
  return type;
}

/** A plugin with one route that takes the given class as its body. */
function pluginWith(name: string, body: Type<object>, controllerName = 'ThingsController'): Type<object> {
  const Routes = {
    [controllerName]: class {
      add(given: object): object {
        return given;
      }
    },
  }[controllerName] as Type<object>;
  Body()(Routes.prototype as object, 'add', 0);
  Reflect.defineMetadata('design:paramtypes', [body], Routes.prototype as object, 'add');
  Post('things')(
    Routes.prototype,
    'add',
    Object.getOwnPropertyDescriptor(Routes.prototype, 'add') as PropertyDescriptor,
  );
  Controller()(Routes);
  class Described {}
  Plugin({ name, version: '1.0.0', controllers: [Routes] })(Described);
  return Described;
}

async function started(
  plugins: readonly Type<object>[],
  controllers: Type<object>[] = [],
): Promise<NestFastifyApplication> {
  class Root {}
  const host = {
    telemetry: { logLevel: 'silent', metrics: false },
    storage: { driver: 'memory' },
    health: { endpoints: false },
  };
  Module({ imports: [await PluginHostModule.forRoot({ plugins, host })], controllers })(Root);
  const app = await NestFactory.create<NestFastifyApplication>(Root as Type, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

const documentOf = (app: NestFastifyApplication): OpenAPIObject =>
  app.get(ApiDocument).create(app, new DocumentBuilder().setTitle('All').build());

const bodyOf = (document: OpenAPIObject, path: string): unknown => {
  const body = document.paths[path]?.post?.requestBody as
    { content: Record<string, { schema: { $ref: string } }> } | undefined;
  const reference = body?.content['application/json']?.schema.$ref;
  return document.components?.schemas?.[reference?.split('/').at(-1) ?? ''];
};

/** Everything that `$ref` or a mapping of a discriminator names exists. */
function danglingReferences(document: OpenAPIObject): string[] {
  const found = [...JSON.stringify(document).matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)];
  const components = document.components as Record<string, Record<string, unknown>>;
  return found.flatMap(([text, kind = '', name = '']) => (components[kind]?.[name] ? [] : [text]));
}

describe('the OpenAPI document of several plugins', () => {
  const warnings: string[] = [];
  /** After the start of an application, which has put its own logger in place. */
  const listen = (): void => {
    warnings.length = 0;
    Logger.overrideLogger({
      log: () => undefined,
      warn: (line: unknown) => warnings.push(String(line)),
      error: () => undefined,
    });
  };
  afterAll(() => Logger.overrideLogger(false));

  it.each<[string, Type<object>, RegExp]>([
    ['a property of the type undefined', Broken, /Broken.*"un"/s],
    [
      'a property of that type in a class within',
      dto('Outer', { inner: ApiProperty({ type: () => Broken }) }),
      /Broken.*"un"/s,
    ],
    [
      'a default that JSON has no word for',
      dto('Huge', { size: ApiProperty({ type: Number, default: 7n }) }),
      /BigInt/,
    ],
    [
      'a $ref to a class that is not described',
      dto('Refers', { other: ApiProperty({ oneOf: [{ $ref: getSchemaPath('Nowhere') }] }) }),
      /#\/components\/schemas\/Nowhere, which nothing describes.*@ApiExtraModels/,
    ],
    [
      'a lazy type that throws',
      dto('Lazy', {
        late: ApiProperty({
          type: () => {
            throw new Error('not there yet');
          },
        }),
      }),
      /not there yet/,
    ],
  ])('leaves out a plugin with %s, warns once with its name, and shows all others', async (_title, body, reason) => {
    const app = await started([
      pluginWith('broken', body),
      pluginWith('whole', dto('Item', { id: ApiProperty({ type: String }) })),
    ]);
    listen();
    try {
      for (let request = 0; request < 3; request++) {
        const document = documentOf(app);
        expect(Object.keys(document.paths).filter((path) => path.startsWith('/api/'))).toEqual(['/api/whole/things']);
        expect(() => JSON.stringify(document)).not.toThrow();
      }
      expect(warnings).toEqual([expect.stringContaining('leaves out plugin "broken"')]);
      expect(warnings[0]).toMatch(reason);
    } finally {
      await app.close();
    }
  });

  it('gives different schemas of one name the names of their plugins, and lets all references follow', async () => {
    const item = (field: string, type: unknown): Type<object> =>
      dto('Item', { [field]: ApiProperty({ type: type as typeof String }) });
    const boxOf = (content: Type<object>): Type<object> => dto('Box', { items: ApiProperty({ type: [content] }) });
    const app = await started([
      pluginWith('stock', boxOf(item('size', Number))),
      pluginWith('web-shop', boxOf(item('price', String))),
    ]);
    try {
      const document = documentOf(app);
      expect(Object.keys(document.components?.schemas ?? {}).toSorted()).toEqual([
        'ErrorBody',
        'StockBox',
        'StockItem',
        'WebShopBox',
        'WebShopItem',
      ]);
      expect(bodyOf(document, '/api/stock/things')).toMatchObject({
        properties: { items: { items: { $ref: '#/components/schemas/StockItem' } } },
      });
      expect(document.components?.schemas?.['WebShopItem']).toMatchObject({
        properties: { price: { type: 'string' } },
      });
      expect(danglingReferences(document)).toEqual([]);
    } finally {
      await app.close();
    }
  });

  it('shares a schema that is the same in two plugins', async () => {
    const item = (): Type<object> => dto('Item', { id: ApiProperty({ type: String }) });
    const app = await started([pluginWith('stock', item()), pluginWith('shop', item())]);
    try {
      expect(Object.keys(documentOf(app).components?.schemas ?? {})).toEqual(['Item', 'ErrorBody']);
    } finally {
      await app.close();
    }
  });

  it('leaves the names of the application alone, and those of one plugin when the other stops', async () => {
    class Item {
      @ApiProperty()
      own!: boolean;
    }
    @Controller('own')
    class OwnController {
      @Get()
      @ApiOkResponse({ type: Item })
      one(): Item {
        return new Item();
      }
    }
    const ofPlugin = (field: string): Type<object> => dto('Item', { [field]: ApiProperty({ type: Number }) });
    const app = await started(
      [pluginWith('stock', ofPlugin('size')), pluginWith('shop', ofPlugin('price'))],
      [OwnController],
    );
    try {
      expect(documentOf(app).components?.schemas?.['Item']).toMatchObject({ properties: { own: { type: 'boolean' } } });
      await app.get(PluginHost).stop('shop');
      expect(Object.keys(documentOf(app).components?.schemas ?? {}).toSorted()).toEqual([
        'ErrorBody',
        'Item',
        'StockItem',
      ]);
    } finally {
      await app.close();
    }
  });

  it('renames the targets of a discriminator as well', async () => {
    const variant = (field: string): Type<object> => dto('Variant', { [field]: ApiProperty({ type: String }) });
    const choiceOf = (type: Type<object>): Type<object> => {
      const choice = dto('Choice', {
        value: ApiProperty({
          type: Object,
          oneOf: [{ $ref: getSchemaPath(type) }],
          discriminator: { propertyName: 'kind', mapping: { one: getSchemaPath(type) } },
        }),
      });
      ApiExtraModels(type)(choice);
      return choice;
    };
    const app = await started([
      pluginWith('stock', choiceOf(variant('a'))),
      pluginWith('shop', choiceOf(variant('b'))),
    ]);
    try {
      const document = documentOf(app);
      expect(danglingReferences(document)).toEqual([]);
      expect(JSON.stringify(bodyOf(document, '/api/stock/things'))).toContain(
        '"one":"#/components/schemas/StockVariant"',
      );
    } finally {
      await app.close();
    }
  });

  it('gives each operation its own id, also for controllers of one name', async () => {
    const item = (): Type<object> => dto('Item', { id: ApiProperty({ type: String }) });
    const app = await started([pluginWith('stock', item()), pluginWith('shop', item())]);
    try {
      const operations = Object.values(documentOf(app).paths).flatMap(
        (routes) => Object.values(routes) as { operationId: string }[],
      );
      const ids = operations.map(({ operationId }) => operationId);
      expect(ids).toEqual([...new Set(ids)]);
      expect(ids).toEqual(expect.arrayContaining(['stock_ThingsController_add', 'shop_ThingsController_add']));
    } finally {
      await app.close();
    }
  });

  it('keeps an id of an operation that the author has given', async () => {
    @Controller()
    class Routes {
      @Get('one')
      @ApiOperation({ operationId: 'getOne' })
      one(): string {
        return 'one';
      }
    }
    class Described {}
    Plugin({ name: 'named', version: '1.0.0', controllers: [Routes] })(Described);
    const app = await started([Described]);
    try {
      expect(documentOf(app).paths['/api/named/one']?.get?.operationId).toBe('getOne');
    } finally {
      await app.close();
    }
  });
});
