/** Finds the option of a class that each variable sets, reads its text as the type of that option, and makes a layer of all of them. */
import type { Type } from '@nestjs/common';
import { nearestWord } from '../../common/index.js';
import { classModel } from '../settings/class-model.js';
import { classFor, nestedClasses } from '../settings/discriminator.js';
import type { NestedSetting } from '../settings/setting.metadata.js';
import { formatPath, problemAt, type ProblemDetails, type Path } from '../configuration-problem.js';
import { ENVIRONMENT_LABEL, environmentOrigin } from '../environment.js';
import type { Layer, StrayProblem } from '../tree/layer.js';
import { isForbiddenKey, locate, mapAround, overlay, type ConfigurationNode } from '../tree/configuration-node.js';
import { readYaml } from '../tree/yaml-reader.js';
import { normalizedSegment, segmentOf, standsFor, type SettingVariable } from './setting-variables.js';
import { readText, type ReadText } from './strict-text.js';
import { targetType, type PlainTarget } from './target-type.js';

export interface VariablesTarget {
  readonly type: Type<object>;
  /** Where the class stands in the document. */
  readonly path: readonly string[];
  /** Options of the class whose inside another class describes; variables for it are left for that one. */
  readonly open: readonly string[];
  /** What is written without these variables. */
  readonly lower: ConfigurationNode;
  readonly pathPrefix: string | undefined;
}

export interface VariablesLayer {
  /** `undefined` when no variable is for this class. */
  readonly layer: Layer | undefined;
  /** The variables for something else. */
  readonly rest: readonly SettingVariable[];
}

export function variablesLayer(variables: readonly SettingVariable[], target: VariablesTarget): VariablesLayer {
  const isBelow = ({ segments }: SettingVariable): boolean =>
    segments.length > target.path.length && target.path.every((key, index) => standsFor(segments[index] ?? '', key));
  const isOpen = ({ segments }: SettingVariable): boolean =>
    segments.length > target.path.length + 1 &&
    target.open.some((key) => standsFor(segments[target.path.length] ?? '', key));
  const mine = variables.filter((candidate) => isBelow(candidate) && !isOpen(candidate));
  if (mine.length === 0) return { layer: undefined, rest: variables };
  const taken = new Set(mine);
  const resolution = new Resolution(target, mine);
  // A whole map in JSON first, so that the variables of its keys go over it.
  for (const candidate of mine.toSorted((a, b) => a.segments.length - b.segments.length)) resolution.add(candidate);
  return { layer: resolution.layer(), rest: variables.filter((candidate) => !taken.has(candidate)) };
}

/** A variable that no part of the document is for, and the names that it could have had in their place. */
export function unknownVariable(
  candidate: SettingVariable,
  index: number,
  known: readonly string[],
  path: Path,
): StrayProblem {
  const segments = [...new Set(known.map(segmentOf))].sort();
  const meant = nearestWord(candidate.segments[index] ?? '', segments);
  const suggestion = meant === undefined ? undefined : renamed(candidate, index, meant);
  const instead = segments.length === 0 ? 'there is nothing to set there' : `known there are ${segments.join(', ')}`;
  const details: ProblemDetails = { code: 'CONFIG_UNKNOWN_VARIABLE', knownKeys: segments, suggestion };
  const message = `sets nothing; ${suggestion === undefined ? instead : `did you mean ${suggestion}?`}`;
  return { path, problem: problemAt(environmentOrigin(candidate.name), '', message, details) };
}

class Resolution {
  readonly #target: VariablesTarget;
  readonly #strays: StrayProblem[] = [];
  readonly #setBy = new Map<string, string>();
  #root: ConfigurationNode;

  constructor(
    target: VariablesTarget,
    private readonly candidates: readonly SettingVariable[],
  ) {
    this.#target = target;
    this.#root = { kind: 'map', origin: { file: ENVIRONMENT_LABEL, line: 1, column: 1 }, entries: new Map() };
  }

  layer(): Layer {
    return { label: ENVIRONMENT_LABEL, root: this.#root, strays: this.#strays };
  }

  add(candidate: SettingVariable): void {
    const { type, path } = this.#target;
    this.#inClass(candidate, type, defaultsOf(type), path);
  }

  #inClass(
    candidate: SettingVariable,
    type: Type<object>,
    defaults: object | undefined,
    path: readonly string[],
  ): void {
    const index = path.length;
    const segment = candidate.segments[index] ?? '';
    const { settings, current } = classModel(type);
    const keys = [...settings.keys()].filter(
      (key) => normalizedSegment(key) === normalizedSegment(segment) && !isForbiddenKey(key),
    );
    const [key] = keys;
    if (key === undefined) return void this.#strays.push(unknownVariable(candidate, index, [...current], path));
    if (keys.length > 1)
      return this.#stray(
        candidate,
        path,
        `may mean ${keys.toSorted().join(' or ')}; write the one that is meant in a file`,
      );
    const at = [...path, key];
    // What is written there in a file has the wrong shape, and is reported with its own place.
    const written = locate(this.#target.lower, at, 'value');
    const isMapOrNothing =
      !written.isExact ||
      written.node?.kind === 'map' ||
      (written.node?.kind === 'scalar' && written.node.value === null);
    const value = (defaults as Readonly<Record<string, unknown>> | undefined)?.[key];
    const setting = settings.get(key);
    // An option by its old name has the type of the one that it is called now.
    const target = targetType(settings.get(setting?.deprecation?.use ?? key) ?? setting);
    if (candidate.segments.length === at.length) return this.#set(candidate, at, readText(candidate.text, target));
    const nested = setting?.nested;
    if (target.kind === 'map' && target.values && candidate.segments.length === at.length + 1)
      return isMapOrNothing ? this.#inPlainMap(candidate, target.values, asObject(value), at) : undefined;
    if (!nested || nested.shape === 'list') {
      return this.#stray(
        candidate,
        at,
        `goes deeper than the option ${key}; set it as a whole: ${renamed(candidate, index, segmentOf(key), true)}`,
      );
    }
    if (!isMapOrNothing) return;
    if (nested.shape === 'one') return this.#inNested(candidate, nested, asObject(value), at);
    this.#inNamed(candidate, nested, asObject(value), at);
  }

  /** The class is the one that variables, a file or the default name; without any, the variable of the name itself is the only one with a meaning. */
  #inNested(candidate: SettingVariable, nested: NestedSetting, value: object | undefined, at: readonly string[]): void {
    const written = classFor(nested, locate(this.#root, at, 'value').node, undefined);
    const chosen = written ?? classFor(nested, locate(this.#target.lower, at, 'value').node, value);
    const type = this.#namedBy(candidate, nested, at) ?? chosen ?? nestedClasses(nested)[0];
    if (type) this.#inClass(candidate, type, value?.constructor === type ? value : defaultsOf(type), at);
  }

  /** A variable that names the class is read as that class reads it, whatever the order of variables. */
  #namedBy(
    candidate: SettingVariable,
    { discriminator }: NestedSetting,
    at: readonly string[],
  ): Type<object> | undefined {
    if (!discriminator) return undefined;
    const prefix = at.map(normalizedSegment).join('.');
    const isName = ({ segments }: SettingVariable): boolean =>
      segments.map(normalizedSegment).join('.') === `${prefix}.${normalizedSegment(discriminator.property)}`;
    const named = isName(candidate) ? candidate : this.candidates.find(isName);
    return named && discriminator.classes.get(named.text);
  }

  /** The name that is meant; `undefined` where that has been reported as a problem. */
  #nameIn(candidate: SettingVariable, defaults: object | undefined, path: readonly string[]): string | undefined {
    const { node } = locate(this.#target.lower, path, 'value');
    const names = new Set([...(node?.kind === 'map' ? node.entries.keys() : []), ...Object.keys(defaults ?? {})]);
    const segment = normalizedSegment(candidate.segments[path.length] ?? '');
    const meant = [...names].filter((name) => normalizedSegment(name) === segment && !isForbiddenKey(name));
    const [name] = meant;
    if (name === undefined) {
      this.#strays.push(unknownVariable(candidate, path.length, [...names], path));
      return undefined;
    }
    if (meant.length === 1) return name;
    this.#stray(candidate, path, `may mean ${meant.toSorted().join(' or ')}; write the one that is meant in a file`);
    return undefined;
  }

  /** Names are the operator's own, and their spelling cannot be guessed from a variable: only names that exist can be meant. */
  #inNamed(
    candidate: SettingVariable,
    nested: NestedSetting,
    defaults: object | undefined,
    path: readonly string[],
  ): void {
    const name = this.#nameIn(candidate, defaults, path);
    if (name === undefined) return;
    const at = [...path, name];
    if (candidate.segments.length === at.length)
      return this.#set(candidate, at, readText(candidate.text, { kind: 'map' }));
    this.#inNested(
      candidate,
      nested,
      asObject((defaults as Readonly<Record<string, unknown>> | undefined)?.[name]),
      at,
    );
  }

  #inPlainMap(
    candidate: SettingVariable,
    values: PlainTarget,
    defaults: object | undefined,
    path: readonly string[],
  ): void {
    const name = this.#nameIn(candidate, defaults, path);
    if (name !== undefined) this.#set(candidate, [...path, name], readText(candidate.text, values));
  }

  #set(candidate: SettingVariable, path: readonly string[], read: ReadText): void {
    const key = JSON.stringify(path);
    const other = this.#setBy.get(key);
    if (other !== undefined)
      return this.#stray(candidate, path, `sets the same as ${other}; unset one of them`, 'CONFIG_CONFLICT');
    this.#setBy.set(key, candidate.name);
    const node = this.#node(candidate, path, read);
    this.#root = overlay(this.#root, mapAround(path, node));
  }

  #node(candidate: SettingVariable, path: Path, read: ReadText): ConfigurationNode {
    const origin = environmentOrigin(candidate.name);
    const { pathPrefix } = this.#target;
    if ('mustBe' in read) {
      const details = { code: 'CONFIG_WRONG_TYPE', fix: `Correct the value of ${candidate.name}.` } as const;
      return {
        kind: 'refused',
        origin,
        problems: [problemAt(origin, formatPath(pathPrefix, path), read.mustBe, details)],
      };
    }
    if ('json' in read) return jsonNode(candidate, read.json);
    if (typeof read.value !== 'object') return { kind: 'scalar', origin, value: read.value };
    return { kind: 'list', origin, items: read.value.map((value) => ({ kind: 'scalar', origin, value })) };
  }

  #stray(
    candidate: SettingVariable,
    path: Path,
    message: string,
    code: ProblemDetails['code'] = 'CONFIG_UNKNOWN_VARIABLE',
  ): void {
    this.#strays.push({ path, problem: problemAt(environmentOrigin(candidate.name), '', message, { code }) });
  }
}

/** Read as YAML, of which JSON is a part, because that finds keys that are written twice and numbers that lose digits. */
function jsonNode({ name }: SettingVariable, json: string): ConfigurationNode {
  const key = 'value';
  const root = readYaml({
    file: ENVIRONMENT_LABEL,
    text: `{"${key}": ${json}}`,
    environment: {},
    pathPrefix: undefined,
    variable: name,
  });
  return locate(root, [key], 'value').node ?? root;
}

function renamed({ name, segments }: SettingVariable, index: number, segment: string, isLast = false): string {
  const parts = name.toUpperCase().split('__');
  const at = parts.length - segments.length + index;
  return [...parts.slice(0, at), segment, ...(isLast ? [] : parts.slice(at + 1))].join('__');
}

/** For the names and classes of defaults alone; a class that cannot be made is a problem of the binder. */
function defaultsOf(type: Type<object>): object | undefined {
  try {
    return new type();
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}
