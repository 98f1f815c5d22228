/** Settings from one or more layers (files, the environment, objects given in code), located. Binds its parts to classes. */
import type { Type } from '@nestjs/common';
import { bind, type Bound } from './binding/bind.js';
import {
  formatPath,
  problemAt,
  sortedProblems,
  type ConfigurationProblem,
  type ProblemDetails,
  type Path,
} from './configuration-problem.js';
import { type Environment, ENVIRONMENT_LABEL } from './environment.js';
import { segmentOf, standsFor, type SettingVariable } from './variables/setting-variables.js';
import { unknownVariable, variablesLayer } from './variables/variables-layer.js';
import { merged, problemsWithin, valuesAt, type Layer, type LayerValue } from './tree/layer.js';
import { isForbiddenKey, locate, toValue, warningsWithin, type ConfigurationNode } from './tree/configuration-node.js';
import { readObject } from './tree/object-reader.js';
import { readYaml } from './tree/yaml-reader.js';

interface DocumentParts {
  /** The lowest first. */
  readonly layers: readonly Layer[];
  /** Above all others: what is given while the server runs. */
  readonly runtime?: readonly Layer[];
  /** Variables for options of classes that have not been met yet. */
  readonly variables?: readonly SettingVariable[];
  readonly pathPrefix?: string | undefined;
}

export class ConfigurationDocument {
  readonly #parts: DocumentParts;
  readonly #root: ConfigurationNode;
  #problems: readonly ConfigurationProblem[] | undefined;

  private constructor(parts: DocumentParts) {
    this.#parts = parts;
    this.#root = merged([...parts.layers, ...(parts.runtime ?? [])]);
  }

  /**
   * Reads YAML. Never throws: what is wrong is in `problems`, and again in those of each `bind` that it concerns.
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
    return new ConfigurationDocument({
      layers: [{ label: file, root: readYaml({ file, text, environment, pathPrefix }) }],
      pathPrefix,
    });
  }

  /** Reads an object of an embedding application; `${…}` in it stays as it is. Reports show `label` as the file, line and column 1. */
  static fromObject(options: {
    readonly label: string;
    readonly value: object;
    readonly pathPrefix?: string;
  }): ConfigurationDocument {
    const { label, value, pathPrefix } = options;
    return new ConfigurationDocument({
      layers: [{ label, root: readObject({ label, value, pathPrefix }) }],
      pathPrefix,
    });
  }

  /** Several sources over one another, the lowest first, and the variables that go over all of them as soon as a class says what they mean. */
  static layered(parts: {
    readonly layers: readonly Layer[];
    readonly variables: readonly SettingVariable[];
    readonly pathPrefix?: string;
  }): ConfigurationDocument {
    return new ConfigurationDocument(parts);
  }

  /** Everything found while reading, in every layer: syntax, duplicate keys, variables that are not set, limits. Sorted. */
  get problems(): readonly ConfigurationProblem[] {
    this.#problems ??= Object.freeze(sortedProblems(this.#problemsWithin([])));
    return this.#problems;
  }

  /** Found while reading as well, in what is in effect, and no reason not to go on. Sorted. Each `bind` has its own beside these. */
  get warnings(): readonly ConfigurationProblem[] {
    return sortedProblems(warningsWithin(this.#root));
  }

  /** This document with an object laid over it, maps key by key: settings that are given while the server runs. Both stay as they are. */
  withObject(upper: { readonly label: string; readonly value: object }): ConfigurationDocument {
    const { runtime = [], pathPrefix } = this.#parts;
    const layer = { label: upper.label, root: readObject({ ...upper, pathPrefix }) };
    return new ConfigurationDocument({ ...this.#parts, runtime: [...runtime, layer] });
  }

  /**
   * This document with the variables that set options of `type` laid over the files. `bind` does it by itself; call it before reading
   * single values with `valueAt`.
   *
   * @param open options whose inside is not described by `type`; variables for that are left for the class that describes it
   */
  withVariables(type: Type<object>, path: readonly string[], open: readonly string[] = []): ConfigurationDocument {
    const { layers, variables = [], pathPrefix } = this.#parts;
    if (variables.length === 0) return this;
    const { layer, rest } = variablesLayer(variables, { type, path, open, lower: this.#root, pathPrefix });
    return layer === undefined
      ? this
      : new ConfigurationDocument({ ...this.#parts, layers: [...layers, layer], variables: rest });
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

  /** What is in effect at exactly this path, with its place. Variables count once `withVariables` has laid them over the rest. */
  nodeAt(path: Path): ConfigurationNode | undefined {
    const { node, isExact } = locate(this.#root, path, 'value');
    return isExact ? node : undefined;
  }

  /** What each layer says about exactly this path, the highest first: the first is in effect, and `null` there stands for the default. */
  valuesAt(path: Path): LayerValue[] {
    const { layers, runtime = [] } = this.#parts;
    return valuesAt([...layers, ...runtime], path);
  }

  /** What was found wrong while reading, in any layer, at or below the path. */
  problemsWithin(path: Path): ConfigurationProblem[] {
    // Nearly always there is nothing, and this is asked for each plugin.
    return this.problems.length === 0 ? [] : this.#problemsWithin(path);
  }

  #problemsWithin(path: Path): ConfigurationProblem[] {
    const { layers, runtime = [] } = this.#parts;
    return problemsWithin([...layers, ...runtime], path);
  }

  /** Variables that no class has taken and whose first part stands for none of the keys. */
  unknownVariables(keys: readonly string[], path: readonly string[] = []): ConfigurationProblem[] {
    const { variables = [] } = this.#parts;
    const known = new Set(keys.map(segmentOf));
    return variables
      .filter(
        ({ segments }) =>
          segments.length > path.length && path.every((key, index) => standsFor(segments[index] ?? '', key)),
      )
      .filter(({ segments }) => !known.has(segments[path.length]?.toUpperCase() ?? ''))
      .map((candidate) => unknownVariable(candidate, path.length, keys, path).problem);
  }

  /**
   * The map at `path` as a validated, deep-frozen instance of `type`. What is not written, or is `null`, has the default of the class,
   * key by key, in nested classes too. Nothing is converted: `"5"` is text. `@Transform` and `@Type` of class-transformer are not applied.
   *
   * @param open options whose inside another class describes: variables for that are left to it, and a map there comes out empty
   * @returns either a value, or the problems that prevent one, sorted; and the warnings
   */
  bind<T extends object>(type: Type<T>, path: readonly string[], open: readonly string[] = []): Bound<T> {
    const document = this.withVariables(type, path, open);
    const bound = bind(
      type,
      path,
      {
        nodeAt: (place) => locate(document.#root, place, 'value').node,
        problemAt: (place, message, at, details) => document.problemAt(place, message, at, details),
      },
      open,
    );
    if (document === this) return bound;
    const problems = sortedProblems([...bound.problems, ...document.problemsWithin(path).filter(isAboutVariable)]);
    return problems.length > 0 ? { ...bound, value: undefined, problems } : bound;
  }

  /** A problem at `path`, for rooms that find more than this one can. A path that is not written points at the nearest one that is. */
  problemAt(
    path: Path,
    message: string,
    at: 'key' | 'value' = 'value',
    details?: ProblemDetails,
  ): ConfigurationProblem {
    return problemAt(locate(this.#root, path, at).origin, formatPath(this.#parts.pathPrefix, path), message, details);
  }
}

/** Those of files are found where the files are read, and reported with the whole document. */
function isAboutVariable({ file }: ConfigurationProblem): boolean {
  return file === ENVIRONMENT_LABEL;
}
