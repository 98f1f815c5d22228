/** Which of several classes a section has, by the text in one of its settings. Pure. */
import type { Type } from '@nestjs/common';
import type { ConfigurationNode } from '../tree/configuration-node.js';
import type { NestedSetting } from './setting.metadata.js';

/** The classes that a nested setting may have. */
export function nestedClasses({ type, discriminator }: NestedSetting): readonly Type<object>[] {
  return discriminator ? [...new Set(discriminator.classes.values())] : [type()];
}

/**
 * The class of what is written at `node`: the one that it names, else that of the default. `undefined` where it names no class.
 *
 * @param defaults the instance that is in effect where nothing is written
 */
export function classFor(
  setting: NestedSetting,
  node: ConfigurationNode | undefined,
  defaults: unknown,
): Type<object> | undefined {
  const { discriminator } = setting;
  if (!discriminator) return setting.type();
  const written = writtenName(discriminator.property, node);
  if (written !== undefined) return typeof written === 'string' ? discriminator.classes.get(written) : undefined;
  return nestedClasses(setting).find((one) => typeof defaults === 'object' && defaults?.constructor === one);
}

/** What is written for the discriminator; `undefined` where nothing is, or `null`. */
function writtenName(property: string, node: ConfigurationNode | undefined): unknown {
  const named = node?.kind === 'map' ? node.entries.get(property)?.node : undefined;
  if (named === undefined) return undefined;
  return named.kind === 'scalar' ? (named.value ?? undefined) : named;
}
