/** Finds where a key belongs that its own place does not know: in a section below it, or, written as a path in one key, on lines of its own. */
import type { Type } from '@nestjs/common';
import type { ProblemDetails } from '../configuration-problem.js';
import { classModel } from '../settings/class-model.js';
import { nestedClasses } from '../settings/discriminator.js';

const DEEPEST = 4;

/** What to say of the key instead of all keys that are known; `undefined` where it is known nowhere, or in several sections. */
export function misplacedKey(type: Type<object>, key: string): (ProblemDetails & { message: string }) | undefined {
  const [head = '', ...rest] = key.split('.');
  if (rest.length > 0 && classModel(type).settings.has(head)) return flattened([head, ...rest]);
  const [found, ...others] = sectionsWith(type, key, DEEPEST);
  if (found === undefined || others.length > 0) return undefined;
  const place = [...found, key].join('.');
  return {
    code: 'CONFIG_UNKNOWN_KEY',
    message: `is unknown here; it is a setting of "${found.join('.')}"`,
    fix: `Move it below ${found.at(-1) ?? ''}: ${place}.`,
    suggestion: place,
  };
}

/** For a key such as `http.port`, which is one key with a dot in it. */
export function flattened(parts: readonly string[]): ProblemDetails & { message: string } {
  const lines = parts.map((part) => `"${part}:"`);
  return {
    code: 'CONFIG_UNKNOWN_KEY',
    message: 'is one key with dots in it, and not a path',
    fix: `Write ${lines.join(', below it ')}, each indented by two blanks more.`,
  };
}

/** Paths of the sections within the class, not of its lists and maps, that have the setting. */
function sectionsWith(type: Type<object>, key: string, depth: number): string[][] {
  if (depth === 0) return [];
  const sections = classModel(type).nested.filter(({ nested }) => nested.shape === 'one');
  return sections.flatMap(({ key: name, nested }) =>
    nestedClasses(nested).flatMap((inner) => {
      const below = sectionsWith(inner, key, depth - 1).map((path) => [name].concat(path));
      return classModel(inner).current.has(key) ? [[name]].concat(below) : below;
    }),
  );
}
