/** Finds what a part of an OpenAPI document refers to and nothing describes: programs that read the document refuse all of it for one such `$ref`. */
import type { OpenAPIObject } from '@nestjs/swagger';
import type { PluginPart } from './merged-document.js';

const REFERENCE = /"\$ref":"(#\/components\/([^/"]+)\/([^/"]+))/g;

/** The first `$ref` of the document to a component that is in none of `documents`. */
function missingReference(document: OpenAPIObject, documents: readonly OpenAPIObject[]): string | undefined {
  const isDescribed = (kind: string, name: string): boolean =>
    documents.some(({ components = {} }) => Object.hasOwn((components as Record<string, object>)[kind] ?? {}, name));
  for (const [, reference, kind = '', name = ''] of JSON.stringify(document).matchAll(REFERENCE))
    if (!isDescribed(kind, name.replaceAll('~1', '/').replaceAll('~0', '~'))) return reference;
  return undefined;
}

/**
 * The parts without those that refer to something that is described nowhere, each of which is reported. A part may refer to what another one
 * describes, so one that is left out can take others with it.
 */
export function describedParts(
  own: OpenAPIObject,
  parts: readonly PluginPart[],
  leaveOut: (plugin: string, problem: string) => void,
): readonly PluginPart[] {
  const documents = [own, ...parts.map(({ document }) => document)];
  const described = parts.filter(({ plugin, document }) => {
    const missing = missingReference(document, documents);
    if (missing !== undefined)
      leaveOut(plugin, `it refers to ${missing}, which nothing describes; add the class with @ApiExtraModels()`);
    return missing === undefined;
  });
  return described.length === parts.length ? parts : describedParts(own, described, leaveOut);
}
