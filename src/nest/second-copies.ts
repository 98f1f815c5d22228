/**
 * Recognizes a class of a second copy of a package by what Nest says: a class is not found, and one of the same name is there. It works where
 * the copies cannot be told apart by their folders: bundled into the file of a plugin, or loaded by a test runner.
 */
import type { Type } from '@nestjs/common';
import * as core from '@nestjs/core';
import { UnknownDependenciesException } from '@nestjs/core/errors/exceptions/unknown-dependencies.exception.js';
import { PluginClassTwiceError } from './nest.errors.js';
import type { NestModule } from './nest-internals.js';

/** @param modules those of the plugin */
export function secondCopyIn(
  plugin: string,
  thrown: unknown,
  modules: readonly NestModule[],
): PluginClassTwiceError | undefined {
  if (!(thrown instanceof UnknownDependenciesException)) return undefined;
  const missing: unknown = thrown.context.name;
  const module = modules.find(({ id }) => id === thrown.moduleRef?.id);
  if (typeof missing !== 'function' || !module) return undefined;
  const twin = visibleClasses(module).find((type) => type !== missing && type.name === missing.name);
  if (!twin) return undefined;
  return new PluginClassTwiceError({
    plugin,
    neededBy: String(thrown.type),
    name: twin.name,
    package: packageOf(twin),
    cause: thrown,
  });
}

/** What can be injected in a module by its class: its own providers, and what the modules export that it imports. */
function visibleClasses({ providers, imports }: NestModule): Type[] {
  const exported = [...imports].flatMap((imported) => exportsOf(imported, new Set()));
  return [...providers.keys(), ...exported].filter((token): token is Type => typeof token === 'function');
}

function exportsOf(module: NestModule, seen: Set<NestModule>): unknown[] {
  if (seen.has(module)) return [];
  seen.add(module);
  return [
    ...module.exports,
    ...[...module.imports].flatMap((imported) =>
      module.exports.has(imported.metatype) ? exportsOf(imported, seen) : [],
    ),
  ];
}

/** `undefined` for a class that no package of Nest exports. */
function packageOf(type: Type): string | undefined {
  return Object.values<unknown>(core).includes(type) ? '@nestjs/core' : undefined;
}
