/** What a handler gets and what its answer becomes: pipes, schemas, serializers. */
import {
  type ArgumentMetadata,
  Body,
  type CallHandler,
  Controller,
  createParamDecorator,
  DefaultValuePipe,
  type ExecutionContext,
  Get,
  Headers,
  type ModuleMetadata,
  Param,
  ParseArrayPipe,
  ParseBoolPipe,
  ParseEnumPipe,
  ParseIntPipe,
  ParseUUIDPipe,
  type PipeTransform,
  Post,
  Query,
  SerializeOptions,
  StandardSchemaSerializerInterceptor,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type ClassType, refusal, has, json, row } from '../../support/nest-rows.js';
import { describeWords, replyOf, requestOf } from '../../support/nest-words.js';

type Schema = NonNullable<Extract<Parameters<typeof SerializeOptions>[0], { schema?: unknown }>['schema']>;
const schema = (validate: (value: object) => unknown): Schema =>
  ({ '~standard': { version: 1, vendor: 'test', validate } }) as unknown as Schema;
const WITHOUT_PASSWORD = schema((value) => ({ value: { ...value, password: undefined } }));
const FLAGGED = schema((value) => ({ value: { ...value, flagged: true } }));
const LATER = schema((value) => Promise.resolve({ value: { ...value, later: true } }));
const REFUSING = schema(() => ({ issues: [{ message: 'not allowed' }] }));

function pipeController(): ClassType {
  class Captures implements PipeTransform {
    transform(value: unknown, metadata: ArgumentMetadata & { schema?: unknown }): object {
      return { value, type: metadata.type, data: metadata.data, schema: metadata.schema === FLAGGED };
    }
  }
  class Appends implements PipeTransform {
    constructor(readonly letter: string) {}

    transform(value: unknown, { type }: ArgumentMetadata): unknown {
      return type === 'query' ? `${String(value)}${this.letter}` : value;
    }
  }
  const Own = createParamDecorator((data: string, context: ExecutionContext) => requestOf(context).headers[data]);
  enum Level {
    Low = 'low',
    High = 'high',
  }
  @Controller('piped')
  class PipedRoutes {
    @Get('number/:n')
    number(@Param('n', ParseIntPipe) n: number): object {
      return { n };
    }

    @Get('kinds')
    kinds(
      @Query('bool', ParseBoolPipe) bool: boolean,
      @Query('list', new ParseArrayPipe({ items: Number, separator: '-' })) list: number[],
      @Query('level', new ParseEnumPipe(Level)) level: Level,
      @Query('page', new DefaultValuePipe(1), ParseIntPipe) page: number,
    ): object {
      return { bool, list, level, page };
    }

    @Get('uuid/:id')
    uuid(@Param('id', new ParseUUIDPipe({ errorHttpStatusCode: 406 })) id: string): string {
      return id;
    }

    @Get('order')
    @UsePipes(new Appends('b'))
    order(@Query('q', new Appends('c')) q: string, @Headers('x-own') own: string): object {
      return { q, own };
    }

    @Get('own')
    own(@Own('x-own', new Captures()) own: object): object {
      return own;
    }

    @Post('schema/body')
    schemaBody(@Body({ schema: FLAGGED, pipes: [Captures] }) body: object): object {
      return body;
    }

    @Post('schema/property')
    schemaProperty(@Body('name', { schema: FLAGGED, pipes: [Captures] }) name: object): object {
      return name;
    }

    @Get('schema/:id')
    schemaParam(@Param('id', { schema: FLAGGED, pipes: [Captures] }) id: object): object {
      return id;
    }
  }
  return PipedRoutes;
}

function serializedController(): ClassType {
  const user = (id = 1): object => ({ id, password: 'secret' });
  @Controller('serialized')
  @UseInterceptors(StandardSchemaSerializerInterceptor)
  @SerializeOptions({ schema: WITHOUT_PASSWORD })
  class SerializedRoutes {
    @Get('one')
    one(): object {
      return user();
    }

    @Get('several')
    several(): object[] {
      return [user(1), user(2)];
    }

    @Get('flagged')
    @SerializeOptions({ schema: FLAGGED })
    flagged(): object {
      return user();
    }

    @Get('later')
    @SerializeOptions({ schema: LATER })
    later(): object {
      return { id: 1 };
    }

    @Get('refused')
    @SerializeOptions({ schema: REFUSING })
    refused(): object {
      return user();
    }

    @Get('text')
    @SerializeOptions({ schema: REFUSING })
    text(): string {
      return 'as it is';
    }
  }
  return SerializedRoutes;
}

function define(): ModuleMetadata {
  return { controllers: [pipeController(), serializedController()] };
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

describeWords('a value', { define, prepare }, [
  row('has a number from ParseIntPipe', ['/piped/number/7'], { status: 200, body: { n: 7 } }),
  row(
    'is refused by ParseIntPipe',
    ['/piped/number/x'],
    refusal(400, 'Validation failed (numeric string is expected)', 'Bad Request'),
  ),
  row('has values from the other pipes', ['/piped/kinds?bool=true&list=1-2&level=high'], {
    status: 200,
    body: { bool: true, list: [1, 2], level: 'high', page: 1 },
  }),
  row('is refused by ParseEnumPipe', ['/piped/kinds?bool=true&list=1&level=none'], { status: 400 }),
  row('is refused by a pipe with a status of its own', ['/piped/uuid/7'], { status: 406 }),
  row(
    'meets the global pipe, that of the method and that of the parameter in this order',
    ['/piped/order?q=-', has('x-own', 'h')],
    {
      status: 200,
      body: { q: '-abc', own: 'h' },
    },
  ),
  row('has parameters of own decorators, with their pipes', ['/piped/own', has('x-own', 'h')], {
    status: 200,
    body: { value: 'h', type: 'custom', data: 'x-own', schema: false },
  }),
  row('hands the schema of a body to its pipes', ['/piped/schema/body', json({ a: 1 })], {
    status: 201,
    body: { value: { a: 1 }, type: 'body', schema: true },
  }),
  row('hands the schema of a property to its pipes', ['/piped/schema/property', json({ name: 'x' })], {
    status: 201,
    body: { value: 'x', type: 'body', data: 'name', schema: true },
  }),
  row('hands the schema of a parameter to its pipes', ['/piped/schema/42'], {
    status: 200,
    body: { value: '42', type: 'param', data: 'id', schema: true },
  }),

  row('has an answer that the schema of its class has written', ['/serialized/one'], { status: 200, body: { id: 1 } }),
  row('has each element of a list written by the schema', ['/serialized/several'], {
    status: 200,
    body: [{ id: 1 }, { id: 2 }],
  }),
  row('has an answer written by the schema of the method', ['/serialized/flagged'], {
    status: 200,
    body: { id: 1, password: 'secret', flagged: true },
  }),
  row('waits for an async schema', ['/serialized/later'], { status: 200, body: { id: 1, later: true } }),
  row('is answered 500 where the schema refuses the answer', ['/serialized/refused'], { status: 500 }),
  row('has a plain value as it is', ['/serialized/text'], { status: 200, body: 'as it is' }),
]);
