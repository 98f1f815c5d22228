/** One source of configuration, read and located: a YAML file, or an object given in code. Binds its parts to classes. */
import type { Type } from '@nestjs/common';
import { bind, type Bound } from './binding/bind.js';
import { formatPath, problemAt, sortedProblems, type ConfigurationProblem } from './configuration-problem.js';
import type { Environment } from './environment.js';
import {
  isForbiddenKey,
  locate,
  overlay,
  refusalsWithin,
  toValue,
  warningsWithin,
  type ConfigurationNode,
} from './tree/configuration-node.js';
import type { Path } from './tree/origin.js';
import { readObject } from './tree/object-reader.js';
import { readYaml } from './tree/yaml-reader.js';

export class ConfigurationDocument {
  /** Everything found while reading: syntax, duplicate keys, variables that are not set, limits. Sorted. */
  readonly problems: readonly ConfigurationProblem[];
  /** Found while reading as well, and no reason not to go on. Sorted. Each `bind` has its own beside these. */
  readonly warnings: readonly ConfigurationProblem[];
  readonly #root: ConfigurationNode;
  readonly #pathPrefix: string | undefined;

  private constructor(root: ConfigurationNode, pathPrefix: string | undefined) {
    this.#root = root;
    this.#pathPrefix = pathPrefix;
    this.problems = Object.freeze(sortedProblems(refusalsWithin(root)));
    this.warnings = Object.freeze(sortedProblems(warningsWithin(root)));
  }

  /**
   * Reads YAML. Never throws: whatever is wrong is in `problems`, and again in those of each `bind` that it concerns.
   *
   * @param options.file       the name that reports show
   * @param options.pathPrefix stands before every path in reports: `plugins`
   */
  static parse(options: {
    readonly file: string;
    readonly text: string;
    readonly environment: Environment;
    readonly pathPrefix?: string;
  }): ConfigurationDocument {
    const { file, text, environment, pathPrefix } = options;
    return new ConfigurationDocument(readYaml({ file, text, environment, pathPrefix }), pathPrefix);
  }

  /** Reads an object of an embedding application; `${…}` in it stays as it is. Reports show `label` as the file, line and column 1. */
  static fromObject(options: { readonly label: string; readonly value: object; readonly pathPrefix?: string }): ConfigurationDocument {
    const { label, value, pathPrefix } = options;
    return new ConfigurationDocument(readObject({ label, value, pathPrefix }), pathPrefix);
  }

  /** A document that could not be read at all. */
  static unreadable(problem: ConfigurationProblem): ConfigurationDocument {
    const { file, line, column } = problem;
    return new ConfigurationDocument({ kind: 'refused', origin: { file, line, column }, problems: [problem] }, undefined);
  }

  /** This document with `upper` laid over it, maps key by key. Both stay as they are. */
  overlaidBy(upper: ConfigurationNode): ConfigurationDocument {
    return new ConfigurationDocument(overlay(this.#root, upper), this.#pathPrefix);
  }

  /** This document with an object laid over it, maps key by key: settings that are given while the server runs. Both stay as they are. */
  withObject(upper: { readonly label: string; readonly value: object }): ConfigurationDocument {
    return this.overlaidBy(readObject({ ...upper, pathPrefix: this.#pathPrefix }));
  }

  /** The keys of the map at `path`, as written; none when there is no map. */
  keys(path: Path): string[] {
    const { node } = locate(this.#root, path, 'value');
    return node?.kind === 'map' ? [...node.entries.keys()].filter((key) => !isForbiddenKey(key)) : [];
  }

  /** A copy of what is written at `path`; `undefined` when nothing is, or when it could not be read. */
  valueAt(path: Path): unknown {
    const { node } = locate(this.#root, path, 'value');
    return node && toValue(node);
  }

  /**
   * The map at `path` as a validated, deep-frozen instance of `type`. What is not written, or is `null`, has the default of the class,
   * key by key, in nested classes too. Nothing is converted: `"5"` is text. `@Transform` and `@Type` of class-transformer are not applied.
   *
   * @returns either a value, or the problems that are the reason why there is none, sorted; and the warnings
   */
  bind<T extends object>(type: Type<T>, path: Path): Bound<T> {
    return bind(type, path, {
      nodeAt: (place) => locate(this.#root, place, 'value').node,
      problemAt: (place, message, at) => this.problemAt(place, message, at),
    });
  }

  /** A problem at `path`, for rooms that find more than this one can. A path that is not written points at the nearest one that is. */
  problemAt(path: Path, message: string, at: 'key' | 'value' = 'value'): ConfigurationProblem {
    return problemAt(locate(this.#root, path, at).origin, formatPath(this.#pathPrefix, path), message);
  }
}
