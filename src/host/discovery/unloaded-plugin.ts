/** What should be a plugin and could not be loaded: the name under which it is listed, and the manifest that stands in for its own. */
import type { Type } from '@nestjs/common';
import { HOST_NAME, PLUGIN_NAME, type PluginManifest } from '../../plugin/index.js';
import type { RefusedEntry, UnloadedPlugin } from './discovered-plugin.js';

/** Shown where a version would be. */
const UNKNOWN_VERSION = 'unknown';

const LONGEST_NAME = 64;
const NAMELESS = 'unnamed-plugin';

/** Stands in the catalog for the class that could not be had; it is never built. */
class NotLoaded {}
export const NOT_LOADED: Type<object> = NotLoaded;

/**
 * Gives each of them a name of its own, in the order of the list.
 *
 * @param taken names of plugins that were loaded
 */
export function namedApart(refused: readonly RefusedEntry[], taken: Iterable<string>): UnloadedPlugin[] {
  const used = new Set(taken);
  return refused.map(({ label, origin, problem }) => {
    const name = freeName(derivedName(label), used);
    used.add(name);
    return { name, label, origin, problem: { ...problem, plugin: name } };
  });
}

/** A manifest that requires nothing: nothing is known about the plugin but its name. */
export function standInManifest(name: string): PluginManifest {
  return {
    name,
    version: UNKNOWN_VERSION,
    description: '',
    dependencies: {},
    optionalDependencies: {},
    requires: { host: '*', node: '*', platforms: [], binaries: [], env: [] },
    config: undefined,
    state: undefined,
    stores: {},
    emits: [],
  };
}

/** `@acme/Mail_Digest` is `mail-digest`: what its author has probably called the plugin in it. */
function derivedName(label: string): string {
  const name = label
    .replace(/^@[^/]*\//, '')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, LONGEST_NAME)
    .replace(/-+$/, '');
  return PLUGIN_NAME.test(name) && name !== HOST_NAME ? name : NAMELESS;
}

function freeName(wanted: string, used: ReadonlySet<string>): string {
  let name = wanted;
  for (let count = 2; used.has(name); count++)
    name = `${wanted.slice(0, LONGEST_NAME - String(count).length - 1)}-${count}`;
  return name;
}
