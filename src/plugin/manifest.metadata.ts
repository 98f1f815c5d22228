/** Stores manifests on plugin classes and is the only reader of them. */
import 'reflect-metadata';
import type { PluginManifest } from './manifest.js';

/** A registered symbol, so that a class decorated by a second copy of this package is understood too. */
const MANIFEST = Symbol.for('panotti:plugin:v1');

export function writeManifest(pluginClass: object, manifest: PluginManifest): void {
  Reflect.defineMetadata(MANIFEST, manifest, pluginClass);
}

/** The manifest of a class decorated with `@Plugin`, and `undefined` for anything else. A subclass without its own `@Plugin` is no plugin. */
export function readManifest(candidate: unknown): PluginManifest | undefined {
  if (typeof candidate !== 'function') return undefined;
  return Reflect.getOwnMetadata(MANIFEST, candidate) as PluginManifest | undefined;
}
