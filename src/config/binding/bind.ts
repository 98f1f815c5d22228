/** From a part of the tree to a validated, frozen instance of a configuration class, or to everything that is wrong with it. */
import type { Type } from '@nestjs/common';
import { deepFreeze } from '../../common/index.js';
import { sortedProblems, type ConfigurationProblem, type Path } from '../configuration-problem.js';
import { locate, type ConfigurationNode } from '../tree/configuration-node.js';
import { Binder } from './binder.js';
import { classProblems, type ClassProblem } from '../settings/class-problems.js';
import { CurrentNames } from './current-names.js';
import { pathKey, type Place } from './place.js';
import { Validation } from './validation.js';

/** Either a value and no problems, or no value and the problems, sorted; warnings in both cases. */
export interface Bound<T extends object> {
  readonly value: T | undefined;
  readonly problems: ConfigurationProblem[];
  /** What works and should be written otherwise, sorted. */
  readonly warnings: ConfigurationProblem[];
}

/**
 * Makes the instance, validates it, and freezes it with all that it holds.
 *
 * @param open settings whose inside another class describes: a map there is taken for right and left out
 */
export function bind<T extends object>(
  type: Type<T>,
  path: Path,
  written: Place,
  open: readonly string[] = [],
): Bound<T> {
  const wrong = classProblems(type);
  if (wrong.length > 0)
    return { value: undefined, problems: wrong.map((problem) => atClass(problem, path, written)), warnings: [] };
  const names = new CurrentNames(written);
  const node = written.nodeAt(path);
  const current = node && names.apply(type, node, path);
  const place = node === current || current === undefined ? written : placeIn(current, path, names, written);
  const binder = new Binder(place, new Set(open.map((key) => pathKey([...path, key]))));
  const value = binder.bindRoot(type, current, path);
  const validation = new Validation(place, binder.settledPaths);
  for (const root of binder.roots) validation.check(root.instance, root.path);
  for (const entry of binder.mapEntries) validation.checkEntry(entry);
  const problems = sortedProblems([...names.problems, ...binder.problems, ...validation.problems]);
  const warnings = sortedProblems([...names.warnings, ...binder.warnings]);
  return { value: value === undefined || problems.length > 0 ? undefined : deepFreeze(value), problems, warnings };
}

/** A mistake in the class, not in what is written: nothing more can be said until its author has fixed it. */
function atClass({ field, message }: ClassProblem, path: Path, place: Place): ConfigurationProblem {
  return place.problemAt([...path, ...field.split('.')], message, 'key', { code: 'CONFIG_CLASS' });
}

/** The place with the current names in it; problems are reported with the names that are written. */
function placeIn(root: ConfigurationNode, above: Path, names: CurrentNames, written: Place): Place {
  return {
    nodeAt: (path) => locate(root, path.slice(above.length), 'value').node,
    problemAt: (path, message, at, details) => written.problemAt(names.writtenPath(path), message, at, details),
  };
}
