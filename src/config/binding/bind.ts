/** From a part of the tree to a validated, frozen instance of a configuration class, or to everything that is wrong with it. */
import type { Type } from '@nestjs/common';
import { deepFreeze } from '../../common/index.js';
import { sortedProblems, type ConfigurationProblem } from '../configuration-problem.js';
import type { Path } from '../tree/origin.js';
import { Binder } from './binder.js';
import type { Place } from './place.js';
import { Validation } from './validation.js';

/** Either a value and no problems, or no value and the problems, sorted; warnings in both cases. */
export interface Bound<T extends object> {
  readonly value: T | undefined;
  readonly problems: ConfigurationProblem[];
  /** What works and should be written otherwise, sorted. */
  readonly warnings: ConfigurationProblem[];
}

/** Makes the instance, validates it, and freezes it with all that it holds. */
export function bind<T extends object>(type: Type<T>, path: Path, place: Place): Bound<T> {
  const binder = new Binder(place);
  const value = binder.bindRoot(type, place.nodeAt(path), path);
  const validation = new Validation(place, binder.settledPaths);
  for (const root of binder.roots) validation.check(root.instance, root.path);
  const problems = sortedProblems([...binder.problems, ...validation.problems]);
  const warnings = sortedProblems(binder.warnings);
  return { value: value === undefined || problems.length > 0 ? undefined : deepFreeze(value), problems, warnings };
}
