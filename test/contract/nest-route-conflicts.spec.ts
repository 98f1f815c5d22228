import 'reflect-metadata';
import { Controller, type DynamicModule, Get, Logger, Module, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { jest } from '@jest/globals';
import { NestInternals, type ResolvedRoute } from '../../src/nest/nest-internals.js';
import { containedModule } from '../support/contained-module.js';

@Controller()
class Routes {
  @Get('same')
  first(): void {}

  @Get('same')
  second(): void {}

  @Get('of/:id')
  third(): void {}

  @Get('of/:name')
  fourth(): void {}

  @Get('of/all')
  fifth(): void {}
}

@Module({})
class Feature {}

@Module({ providers: [NestInternals] })
class Root {}

/** Which of the routes are left under a policy, and what is warned of. */
async function leftUnder(
  routeConflictPolicy: NestApplicationOptions['routeConflictPolicy'],
): Promise<{ left: string[]; warnings: string[] }> {
  const options = { logger: false, abortOnError: false, ...(routeConflictPolicy && { routeConflictPolicy }) } as const;
  const app = await NestFactory.create(Root, new FastifyAdapter(), options);
  await app.init();
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  try {
    const internals = app.get(NestInternals);
    const definition: DynamicModule = { module: Feature, controllers: [Routes] };
    await internals.load(definition);
    const module = await containedModule(app, definition);
    const routes: readonly ResolvedRoute[] = internals.withoutConflicts(
      'sample',
      internals.resolveRoutes(module!, '/api/sample'),
    );
    const left = routes.map(({ methodName }) => methodName);
    return { left, warnings: warn.mock.calls.map(([message]) => String(message)) };
  } finally {
    warn.mockRestore();
    await app.close();
  }
}

describe('what Nest knows of routes that are in the way of each other', () => {
  it('leaves all of them without a policy', async () => {
    await expect(leftUnder(undefined)).resolves.toEqual({
      left: ['first', 'second', 'third', 'fourth', 'fifth'],
      warnings: [],
    });
  });

  it('leaves out the second of two duplicates, and warns of what the policy warns of', async () => {
    const { left, warnings } = await leftUnder({ duplicate: 'warn', shadow: 'warn' });

    expect(left).toEqual(['first', 'third', 'fourth', 'fifth']);
    expect(warnings).toEqual([
      expect.stringContaining('Routes#first and Routes#second'),
      expect.stringMatching(/Routes#fourth\).*shadowed by.*Routes#third/),
    ]);
  });

  it.each([
    ['duplicate', 'Routes.second (GET /api/sample/same)'],
    ['shadow', 'Routes.fourth (GET /api/sample/of/:name)'],
  ] as const)('refuses a %s where that is an error', async (kind, where) => {
    await expect(leftUnder({ [kind]: 'error' })).rejects.toMatchObject({
      code: 'PLUGIN_ROUTE_CONFLICT',
      message: expect.stringContaining(where),
      cause: expect.objectContaining({ message: expect.stringContaining('Routes#') }),
    });
  });
});
