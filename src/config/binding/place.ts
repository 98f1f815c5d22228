/** What binding needs to know about the document that it binds from. */
import type { ConfigurationProblem, ProblemDetails, Path } from '../configuration-problem.js';
import type { ConfigurationNode } from '../tree/configuration-node.js';

export interface Place {
  /** What is written at the path, counted from the root of the document. */
  nodeAt(path: Path): ConfigurationNode | undefined;
  problemAt(path: Path, message: string, at: 'key' | 'value', details?: ProblemDetails): ConfigurationProblem;
}

/** The place of a setting that is kept secret: nothing of its line may be shown with its problems. */
export function concealing(place: Place): Place {
  return {
    nodeAt: (path) => place.nodeAt(path),
    problemAt: (path, message, at, details) => place.problemAt(path, message, at, { ...details, isSecret: true }),
  };
}

/** A path as the key of a set. */
export function pathKey(path: Path): string {
  return JSON.stringify(path.map(String));
}
