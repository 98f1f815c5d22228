/**
 * Builds each module by its own load, after what it imports. In one common load, a module that two plugins import would fail together with the
 * first plugin, and the second plugin would wait for everything else that the first one builds.
 */
import type { DynamicModule, Type } from '@nestjs/common';
import { moduleImports } from './nest-module.metadata.js';

type Definition = Type | DynamicModule;

/**
 * @param isSkipped true for a module that is to be loaded, with its imports, by those that import it
 * @param load      builds one module whose imports are built, except those that import it in a circle
 * @throws what `load` throws first
 */
export async function loadBottomUp(
  root: Definition,
  isSkipped: (moduleClass: Type) => boolean,
  load: (definition: Definition) => Promise<void>,
): Promise<void> {
  const imports = new Map<Definition, readonly Definition[]>();
  const read = async (definition: Definition): Promise<void> => {
    if (imports.has(definition)) return;
    imports.set(definition, []);
    const kept = (await moduleImports(definition)).filter((imported) => !isSkipped(classOf(imported)));
    imports.set(definition, kept);
    await Promise.all(kept.map(read));
  };
  await read(root);

  const loads = new Map<Definition, Promise<void>>();
  const visit = (definition: Definition, path: ReadonlySet<Definition>): Promise<void> => {
    const begun = loads.get(definition);
    if (begun) return begun;
    const below = (imports.get(definition) ?? []).filter((imported) => !path.has(imported) && imported !== definition);
    const deeper = new Set([...path, definition]);
    const loaded = Promise.all(below.map((imported) => visit(imported, deeper))).then(() => load(definition));
    loads.set(definition, loaded);
    return loaded;
  };
  await visit(root, new Set());
}

function classOf(definition: Definition): Type {
  return 'module' in definition ? definition.module : definition;
}
