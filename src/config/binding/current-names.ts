/** Gives what is written under the old name of a setting its new name, keeping its place, before anything is made of it. */
import type { Type } from '@nestjs/common';
import type { ConfigurationProblem, Path } from '../configuration-problem.js';
import type { ConfigurationNode, MapEntry, MapNode } from '../tree/configuration-node.js';
import { classModel } from '../settings/class-model.js';
import { classFor, nestedClasses } from '../settings/discriminator.js';
import { pathKey, type Place } from './place.js';

export class CurrentNames {
  readonly problems: ConfigurationProblem[] = [];
  readonly warnings: ConfigurationProblem[] = [];
  /** From the path with the new name to the one that is written. */
  readonly #written = new Map<string, Path>();
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  apply(type: Type<object>, node: ConfigurationNode, path: Path): ConfigurationNode {
    if (node.kind !== 'map' || !hasOldNames(type)) return node;
    const renamed = this.#renamed(type, node, path);
    const entries = new Map<string, MapEntry>();
    for (const [key, entry] of renamed.entries)
      entries.set(key, { ...entry, node: this.#below(type, key, entry.node, [...path, key]) });
    return { ...node, entries };
  }

  /** The path as the operator wrote it. */
  writtenPath(path: Path): Path {
    if (this.#written.size === 0) return path;
    for (let length = path.length; length > 0; length -= 1) {
      const written = this.#written.get(pathKey(path.slice(0, length)));
      if (written) return [...this.writtenPath(written.slice(0, -1)), ...written.slice(-1), ...path.slice(length)];
    }
    return path;
  }

  #renamed(type: Type<object>, node: MapNode, path: Path): MapNode {
    const { deprecated } = classModel(type);
    if (deprecated.length === 0) return node;
    const entries = new Map(node.entries);
    for (const { key, deprecation } of deprecated) {
      const { use, since = '' } = deprecation ?? {};
      const old = entries.get(key);
      if (old === undefined || isNull(old.node)) continue;
      const at = [...path, key];
      if (use === undefined) {
        this.#warn(at, `is deprecated since ${since} and is going to be removed`, 'Remove it.');
        continue;
      }
      entries.delete(key);
      const current = entries.get(use);
      if (current !== undefined && !isNull(current.node)) {
        const { file, line } = current.key;
        const where = current.key.variable ?? `${file}:${line}`;
        const details = { code: 'CONFIG_CONFLICT', fix: `Remove ${key} and keep ${use}.` } as const;
        this.problems.push(
          this.#place.problemAt(at, `is the old name of "${use}", which is given too, in ${where}`, 'key', details),
        );
        continue;
      }
      this.#warn(at, `is deprecated since ${since}; it is called "${use}" now`, `Rename it to ${use}.`);
      entries.set(use, old);
      this.#written.set(pathKey([...path, use]), at);
    }
    return { ...node, entries };
  }

  #below(type: Type<object>, key: string, node: ConfigurationNode, path: Path): ConfigurationNode {
    const nested = classModel(type).settings.get(key)?.nested;
    if (!nested) return node;
    const applied = (item: ConfigurationNode, at: Path): ConfigurationNode => {
      const inner = classFor(nested, item, undefined);
      return inner ? this.apply(inner, item, at) : item;
    };
    if (nested.shape === 'one') return applied(node, path);
    if (nested.shape === 'list' && node.kind === 'list') {
      return { ...node, items: node.items.map((item, index) => applied(item, [...path, index])) };
    }
    if (nested.shape !== 'map' || node.kind !== 'map') return node;
    const named = [...node.entries].map(([name, entry]): [string, MapEntry] => {
      return [name, { key: entry.key, node: applied(entry.node, [...path, name]) }];
    });
    return { ...node, entries: new Map(named) };
  }

  #warn(path: Path, message: string, fix: string): void {
    this.warnings.push(this.#place.problemAt(path, message, 'key', { code: 'CONFIG_DEPRECATED', fix }));
  }
}

/** Most classes have none, and then there is nothing to look through. */
function hasOldNames(type: Type<object>, seen: ReadonlySet<Type<object>> = new Set()): boolean {
  if (seen.has(type)) return false;
  const { deprecated, nested } = classModel(type);
  const inside = new Set([...seen, type]);
  return (
    deprecated.length > 0 ||
    nested.some((setting) => nestedClasses(setting.nested).some((one) => hasOldNames(one, inside)))
  );
}

function isNull(node: ConfigurationNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}
