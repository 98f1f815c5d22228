import {
  Body,
  Controller,
  Get,
  Injectable,
  Param,
  type PipeTransform,
  Post,
  Query,
  ValidationPipe,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Min, ValidateNested } from 'class-validator';
import { Plugin, type PluginHostOptions } from '../../../src/index.js';
import { hostApp } from '../../support/host-app.js';

class Size {
  @IsInt() @Min(1) width!: number;
}

class Thing {
  @IsInt() n!: number;
  @IsOptional() @ValidateNested() @Type(() => Size) size?: Size;
}

class Paging {
  @IsOptional() @Type(() => Number) @IsInt() limit?: number;
}

class Place {
  @Type(() => Number) @IsInt() row!: number;
}

@Controller()
class Things {
  @Post()
  make(@Body() thing: Thing): object {
    return { class: thing.constructor.name };
  }

  @Get()
  list(@Query() { limit }: Paging): object {
    return { limit };
  }

  @Get('rows/:row')
  row(@Param() { row }: Place): object {
    return { row };
  }
}

@Plugin({ name: 'things', version: '1.0.0', controllers: [Things] })
class ThingsPlugin {}

@Injectable()
class Untouched implements PipeTransform {
  transform(value: unknown): unknown {
    return value;
  }
}

const withPipes = (...pipes: PipeTransform[]) => {
  return (app: NestFastifyApplication): unknown => app.useGlobalPipes(...pipes);
};

async function statusOf(
  payload: object,
  prepare?: (app: NestFastifyApplication) => unknown,
  options: PluginHostOptions = {},
) {
  await using test = await hostApp([ThingsPlugin], options, prepare);
  const answer = await test.app.inject({ method: 'POST', url: '/api/things', payload });
  return answer.statusCode;
}

describe('what reaches the handlers of an embedded plugin', () => {
  it.each<[string, object]>([
    ['a text for a number', { n: 'not a number' }],
    ['a missing property', {}],
    ['an unknown property', { n: 1, extra: true }],
    ['a wrong value in a nested object', { n: 1, size: { width: 0 } }],
    ['a list for an object', [{ n: 'x' }]],
  ])('is validated without a word of the application: %s is answered 400', async (_what, payload) => {
    expect(await statusOf(payload)).toBe(400);
  });

  it('validates input of plugins beside pipes of the application that validate nothing', async () => {
    expect(await statusOf({ n: 'not a number' }, withPipes(new Untouched()))).toBe(400);
  });

  it('transforms input of plugins to its classes, in the query and the path too', async () => {
    await using test = await hostApp([ThingsPlugin]);
    const answers = await Promise.all([
      test.app.inject({ method: 'POST', url: '/api/things', payload: { n: 1 } }),
      test.app.inject('/api/things?limit=5'),
      test.app.inject('/api/things?limit=many'),
      test.app.inject('/api/things/rows/7'),
      test.app.inject('/api/things/rows/seven'),
    ]);

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 200, 400, 200, 400]);
    expect([answers[0]?.json(), answers[1]?.json(), answers[3]?.json()]).toEqual([
      { class: 'Thing' },
      { limit: 5 },
      { row: 7 },
    ]);
  });

  it('leaves validation to a ValidationPipe of the application, with its options', async () => {
    const own = withPipes(new ValidationPipe({ transform: true }));

    expect([await statusOf({ n: 1, extra: true }, own), await statusOf({ n: 'x' }, own)]).toEqual([201, 400]);
  });

  it('leaves validation to the pipes of the application if it asks for that', async () => {
    expect(await statusOf({ n: 'not a number' }, undefined, { routeValidation: 'application' })).toBe(201);
  });
});
