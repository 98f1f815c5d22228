/** Finds what became of a definition in the container of an application. */
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import type { NestModule } from '../../src/nest/nest-internals.js';

/** `undefined` before it is scanned and after it was removed. */
export async function containedModule(
  app: INestApplicationContext,
  definition: DynamicModule,
): Promise<NestModule | undefined> {
  const { moduleCompiler } = app.get(LazyModuleLoader) as unknown as {
    moduleCompiler: { compile(definition: DynamicModule): Promise<{ token: string }> };
  };
  return app.get(ModulesContainer).get((await moduleCompiler.compile(definition)).token);
}
