/** How a request finds its handler, and which bodies it may bring: paths, methods, wildcards, `RouterModule`. */
import 'reflect-metadata';
import {
  All,
  Body,
  Controller,
  Delete,
  Get,
  Head,
  HttpCode,
  Module,
  type ModuleMetadata,
  Options,
  Param,
  Patch,
  Post,
  Put,
  Query,
  ValidationPipe,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { IsInt } from 'class-validator';
import { json, refusal, row } from '../../support/nest-rows.js';
import { describeWords } from '../../support/nest-words.js';

class Dto {
  @IsInt() count!: number;
}

function define(): ModuleMetadata {
  @Controller('items')
  class ItemRoutes {
    @Get()
    list(@Query() query: object): object {
      return { list: true, query };
    }

    @Get('me')
    me(): string {
      return 'me';
    }

    @Get(':id')
    one(@Param('id') id: string): object {
      return { id };
    }

    @Get(':id/parts/:part')
    part(@Param() params: object): object {
      return params;
    }

    @Put(':id')
    put(@Param('id') id: string): string {
      return `put ${id}`;
    }

    @Patch(':id')
    patch(@Param('id') id: string): string {
      return `patched ${id}`;
    }

    @Delete(':id')
    @HttpCode(204)
    delete(): void {}

    @Head('head')
    head(): void {}

    @Options(':id')
    options(): string {
      return 'options';
    }
  }
  @Controller()
  class OtherRoutes {
    @All('all')
    all(): string {
      return 'all';
    }

    @Get('files/*')
    files(@Param('*') path: string): object {
      return { path };
    }

    @Get('optional/:id?')
    optional(@Param('id') id?: string): object {
      return { id };
    }

    @Post('echo')
    echo(@Body() body: unknown): object {
      return { body };
    }

    @Post('dto')
    dto(@Body() dto: Dto): object {
      return { isDto: dto instanceof Dto, ...dto };
    }

    @Post('validated')
    validated(@Body(new ValidationPipe({ whitelist: true })) dto: Dto): object {
      return { ...dto };
    }
  }
  @Controller('users')
  class UserRoutes {
    @Get()
    users(): string {
      return 'users';
    }
  }
  @Controller()
  class RootRoutes {
    @Get('below')
    root(): string {
      return 'below a child';
    }
  }
  @Module({ controllers: [UserRoutes] })
  class UserModule {}
  @Module({ controllers: [RootRoutes] })
  class ChildModule {}
  const paths = RouterModule.register([
    { path: 'admin', module: UserModule, children: [{ path: 'child', module: ChildModule }] },
  ]);
  return { controllers: [ItemRoutes, OtherRoutes], imports: [UserModule, ChildModule, paths] };
}

const notFound = (method: string, path: string) => refusal(404, `Cannot ${method} /api/words${path}`, 'Not Found');
const text = (body: string) => ({ status: 200, body });
const posted = (type: string, body: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});

describeWords('a route', { define }, [
  row('has its query', ['/items?a=1&b=x&b=y'], { status: 200, body: { list: true, query: { a: '1', b: ['x', 'y'] } } }),
  row('goes before one with a parameter where its path is fixed', ['/items/me'], text('me')),
  row('has its parameter decoded', ['/items/a%20b%2Fc'], { status: 200, body: { id: 'a b/c' } }),
  row('has several parameters', ['/items/7/parts/8'], { status: 200, body: { id: '7', part: '8' } }),
  row('takes PUT', ['/items/7', { method: 'PUT' }], text('put 7')),
  row('takes PATCH', ['/items/7', { method: 'PATCH' }], text('patched 7')),
  row('takes DELETE', ['/items/7', { method: 'DELETE' }], { status: 204, body: '' }),
  row('takes OPTIONS', ['/items/7', { method: 'OPTIONS' }], text('options')),
  row('takes HEAD', ['/items/head', { method: 'HEAD' }], { status: 200, body: '' }),
  ...['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((method) =>
    row(`takes ${method} where it takes all`, ['/all', { method }], { status: 200, body: 'all' }),
  ),
  row('takes what a wildcard matches', ['/files/a/b%20c.txt'], { status: 200, body: { path: 'a/b c.txt' } }),
  row('takes an optional parameter', ['/optional/7'], { status: 200, body: { id: '7' } }),
  row('takes no optional parameter', ['/optional'], { status: 200, body: {} }),
  row('takes no empty parameter', ['/items/7/parts/'], notFound('GET', '/items/7/parts/')),
  row('is apart from one with a slash at the end', ['/items/7/parts/8/'], notFound('GET', '/items/7/parts/8/')),
  row('is apart from one in upper case', ['/ITEMS/me'], notFound('GET', '/ITEMS/me')),
  row('stands at the path that RouterModule gives its module', ['/admin/users'], text('users')),
  row('stands below the path that RouterModule gives a child', ['/admin/child/below'], text('below a child')),
  row('stands nowhere else then', ['/users'], notFound('GET', '/users')),
  row('does not take another method', ['/items/me', { method: 'POST' }], notFound('POST', '/items/me'), {
    id: 'wrong-method',
    inPlugin: refusal(
      405,
      'Cannot POST /api/words/items/me. It takes GET, HEAD, PUT, PATCH, DELETE, OPTIONS.',
      'Method Not Allowed',
    ),
  }),
]);

describeWords('a body', { define }, [
  row('is parsed from JSON', ['/echo', json({ a: [1, null] })], { status: 201, body: { body: { a: [1, null] } } }),
  row('is parsed from a form', ['/echo', posted('application/x-www-form-urlencoded', 'a=1&b=x%20y')], {
    status: 201,
    body: { body: { a: '1', b: 'x y' } },
  }),
  row('may be a list, or null', ['/echo', json([1])], { status: 201, body: { body: [1] } }),
  row('is refused where it is no JSON', ['/echo', posted('application/json', '{')], { status: 400 }),
  row('loses what would change prototypes', ['/echo', posted('application/json', '{"__proto__":{"a":1}}')], {
    status: 400,
  }),
  row('is validated by the pipe of its parameter', ['/validated', json({ count: 'x' })], { status: 400 }),
  row(
    'is stripped by the pipe of its parameter',
    ['/validated', json({ count: 1, other: 2 })],
    { status: 201, body: { count: 1 } },
    {
      id: 'bodies',
      inPlugin: { status: 400, body: expect.objectContaining({ message: ['property other should not exist'] }) },
    },
  ),
  row(
    'is as it came where no pipe validates it',
    ['/dto', json({ count: 'x' })],
    { status: 201, body: { isDto: false, count: 'x' } },
    {
      id: 'bodies',
      inPlugin: { status: 400, body: expect.objectContaining({ message: ['count must be an integer number'] }) },
    },
  ),
  row(
    'is a text where the type is',
    ['/echo', posted('text/plain', 'text')],
    { status: 201, body: { body: 'text' } },
    {
      id: 'bodies',
      inPlugin: { status: 415, body: expect.objectContaining({ statusCode: 415 }) },
    },
  ),
  row('is of a type that is known', ['/echo', posted('application/pdf', '%PDF')], { status: 415 }),
]);

describeWords('a body where the application validates', { define, host: { routeValidation: 'application' } }, [
  row('is as it came where no pipe validates it', ['/dto', json({ count: 'x' })], {
    status: 201,
    body: { isDto: false, count: 'x' },
  }),
  row('is stripped by the pipe of its parameter', ['/validated', json({ count: 1, other: 2 })], {
    status: 201,
    body: { count: 1 },
  }),
]);
