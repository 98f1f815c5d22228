/** The metadata of Nest modules: what a module imports, what of it is global, and under which path its controllers are served. */
import 'reflect-metadata';
import type { DynamicModule, ForwardReference, Provider, Type } from '@nestjs/common';
import { GLOBAL_MODULE_METADATA } from '@nestjs/common/internal';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';

type Import = NonNullable<DynamicModule['imports']>[number] | undefined;

/** The imports with promises awaited and forward references followed. Values that are not modules are left out: Nest reports them itself. */
export async function moduleImports(definition: Type | DynamicModule): Promise<(Type | DynamicModule)[]> {
  const moduleClass = 'module' in definition ? definition.module : definition;
  const fixed = (Reflect.getMetadata('imports', moduleClass) ?? []) as Import[];
  const added = 'module' in definition ? (definition.imports ?? []) : [];
  const resolved = await Promise.all([...fixed, ...added].map(async (imported) => followed(await imported)));
  return resolved.flatMap((imported) => imported ?? []);
}

function followed(imported: Awaited<Import>): Type | DynamicModule | undefined {
  const isReference = imported !== undefined && imported !== null && 'forwardRef' in imported;
  return isReference ? ((imported as ForwardReference).forwardRef() as Type | DynamicModule | undefined) : imported;
}

/** True for a class with `@Global()`, and for a dynamic module that says so. */
export function isGlobalModule(definition: Type | DynamicModule): boolean {
  if ('module' in definition && definition.global === true) return true;
  return Reflect.getMetadata(GLOBAL_MODULE_METADATA, 'module' in definition ? definition.module : definition) === true;
}

const GLOBAL_ENHANCERS: ReadonlySet<unknown> = new Set([APP_GUARD, APP_PIPE, APP_INTERCEPTOR, APP_FILTER]);

/** True if it provides `APP_GUARD` or its like. */
export function providesGlobalEnhancer(definition: Type | DynamicModule): boolean {
  const moduleClass = 'module' in definition ? definition.module : definition;
  const fixed = (Reflect.getMetadata('providers', moduleClass) ?? []) as Provider[];
  const added = 'module' in definition ? (definition.providers ?? []) : [];
  return [...fixed, ...added].some((provider) => 'provide' in provider && GLOBAL_ENHANCERS.has(provider.provide));
}

/** The key of Nest's `MODULE_PATH`, which Nest completes with the id of the application. */
const MODULE_PATH = '__module_path__';

/** Records the path of a module's controllers where `RouterModule` of Nest records it: the OpenAPI document reads it there. */
export function writeModulePath(moduleClass: object, applicationId: string, path: string): void {
  Reflect.defineMetadata(MODULE_PATH + applicationId, path, moduleClass);
}
