/** Joins OpenAPI documents of parts that were written apart, so that equal names for different things do not lie about either. */
import { isDeepStrictEqual } from 'node:util';
import type { OpenAPIObject } from '@nestjs/swagger';

type Components = NonNullable<OpenAPIObject['components']>;
type ComponentKind = keyof Components;
type Entries = Record<string, unknown>;

/** The part of the document that one plugin contributes. */
export interface PluginPart {
  readonly plugin: string;
  readonly document: OpenAPIObject;
}

/**
 * The application's document with those of plugins. The application's own components keep their names. A component of a plugin that differs
 * from another of the same name gets the plugin's name as a prefix (`Item` of `stock` becomes `StockItem`), and each `$ref` in that plugin's
 * part follows; equal ones are shared.
 */
export function mergedDocument(own: OpenAPIObject, parts: readonly PluginPart[]): OpenAPIObject {
  const documents = [own, ...parts.map((part) => withOwnNames(part, own, parts))];
  const paths: OpenAPIObject['paths'] = {};
  const components: Record<string, Entries> = {};
  for (const document of documents) {
    for (const [path, item] of Object.entries(document.paths)) paths[path] = { ...item, ...paths[path] };
    for (const kind of kindsOf(document)) components[kind] = { ...entriesOf(document, kind), ...components[kind] };
  }
  return { ...own, paths, components: components as Components };
}

function withOwnNames(
  { plugin, document }: PluginPart,
  own: OpenAPIObject,
  parts: readonly PluginPart[],
): OpenAPIObject {
  const others = [own, ...parts.filter((part) => part.plugin !== plugin).map((part) => part.document)];
  const references = new Map<string, string>();
  for (const kind of kindsOf(document)) {
    const entries = entriesOf(document, kind);
    for (const name of conflicting(entries, kind, others)) {
      const taken = new Set([
        ...Object.keys(entries),
        ...others.flatMap((other) => Object.keys(entriesOf(other, kind))),
      ]);
      references.set(
        `#/components/${kind}/${name}`,
        `#/components/${kind}/${freeName(`${pascalCase(plugin)}${name}`, taken)}`,
      );
    }
  }
  if (references.size === 0) return document;
  const renamed = withReferences(document, references) as OpenAPIObject;
  return { ...renamed, components: renamedComponents(renamed, references) };
}

/** Names that mean something else in another document. What differs only in what it refers to differs as well. */
function conflicting(entries: Entries, kind: ComponentKind, others: readonly OpenAPIObject[]): string[] {
  const differs = (name: string): boolean =>
    others.some((other) => {
      const theirs = entriesOf(other, kind);
      return Object.hasOwn(theirs, name) && !isDeepStrictEqual(theirs[name], entries[name]);
    });
  const found = new Set(Object.keys(entries).filter(differs));
  // Who refers to something that gets another name is another thing too; equal texts would hide it.
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const [name, entry] of Object.entries(entries)) {
      const isShared = others.some((other) => Object.hasOwn(entriesOf(other, kind), name));
      if (isShared && !found.has(name) && refersTo(entry, kind, found)) found.add(name);
    }
  }
  return [...found];
}

function refersTo(value: unknown, kind: ComponentKind, names: ReadonlySet<string>): boolean {
  const text = JSON.stringify(value);
  return [...names].some((name) => text.includes(JSON.stringify(`#/components/${kind}/${name}`)));
}

function renamedComponents(document: OpenAPIObject, references: ReadonlyMap<string, string>): Components {
  const nameOf = (kind: string, name: string): string =>
    references.get(`#/components/${kind}/${name}`)?.split('/').at(-1) ?? name;
  const components = kindsOf(document).map((kind) => {
    const entries = Object.entries(entriesOf(document, kind)).map(([name, entry]) => [nameOf(kind, name), entry]);
    return [kind, Object.fromEntries(entries)];
  });
  return Object.fromEntries(components) as Components;
}

/** A copy in which each text that is one of the references, also one in the mapping of a discriminator, has become the new one. */
function withReferences(value: unknown, references: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return references.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item: unknown) => withReferences(item, references));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withReferences(item, references)]));
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count++) name = `${wanted}${count}`;
  return name;
}

function pascalCase(plugin: string): string {
  return plugin
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function kindsOf({ components = {} }: OpenAPIObject): ComponentKind[] {
  return Object.keys(components) as ComponentKind[];
}

function entriesOf({ components = {} }: OpenAPIObject, kind: ComponentKind): Entries {
  return (components[kind] ?? {}) as Entries;
}
