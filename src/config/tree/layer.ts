/** One source of settings among several that are laid over one another, and what each of them says about a path. */
import { isForbiddenKey, locate, overlay, refusalsWithin, type ConfigurationNode } from './configuration-node.js';
import type { ConfigurationProblem, Origin, Path } from '../configuration-problem.js';

/** A problem that has no place in the tree, with the path that it belongs to: a variable that nothing knows. */
export interface StrayProblem {
  readonly path: Path;
  readonly problem: ConfigurationProblem;
}

export interface Layer {
  /** As the operator knows it: the name of a file, `(environment)`, or the label of an object given in code. */
  readonly label: string;
  readonly root: ConfigurationNode;
  readonly strays?: readonly StrayProblem[];
}

/** What one layer says about a path. */
export interface LayerValue {
  readonly layer: string;
  readonly origin: Origin;
  readonly node: ConfigurationNode;
}

/** The layers as one tree; the last wins, key by key. */
export function merged(layers: readonly Layer[]): ConfigurationNode {
  const [first, ...others] = layers.map(({ root }) => root);
  const empty: ConfigurationNode = { kind: 'map', origin: { file: '', line: 1, column: 1 }, entries: new Map() };
  return others.reduce(overlay, first ?? empty);
}

/** What each layer says about exactly this path, the highest first. */
export function valuesAt(layers: readonly Layer[], path: Path): LayerValue[] {
  return layers.toReversed().flatMap(({ label, root }) => {
    if (path.some((segment) => typeof segment === 'string' && isForbiddenKey(segment))) return [];
    const { node, origin, isExact } = locate(root, path, 'value');
    return node === undefined || !isExact ? [] : [{ layer: label, origin, node }];
  });
}

/** What was refused at or below the path in any layer, also where a higher one says something else. */
export function problemsWithin(layers: readonly Layer[], path: Path): ConfigurationProblem[] {
  return layers.flatMap(({ root, strays = [] }) => {
    const { node } = locate(root, path, 'value');
    const here = strays.filter((stray) => path.every((segment, index) => stray.path[index] === segment));
    return [...(node === undefined ? [] : refusalsWithin(node)), ...here.map(({ problem }) => problem)];
  });
}
