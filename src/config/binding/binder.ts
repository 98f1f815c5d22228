/**
 * Makes instances of configuration classes and lays what is written over their defaults, key by key. It finds unknown keys and values
 * of the wrong shape; whether a value is good is for `validation.ts`.
 */
import type { Type } from '@nestjs/common';
import { messageOf } from '../../common/index.js';
import { unknownDetails, type ConfigurationProblem, type ProblemCode, type Path } from '../configuration-problem.js';
import {
  isForAnchors,
  isForbiddenKey,
  kindOf,
  refusalsWithin,
  toValue,
  type ConfigurationNode,
  type MapNode,
} from '../tree/configuration-node.js';
import { bindSecret, exposedSecrets } from './bind-secret.js';
import { classModel, type SettingModel } from '../settings/class-model.js';
import { classFor, nestedClasses } from '../settings/discriminator.js';
import { misplacedKey } from './misplaced-key.js';
import { expectedOf } from '../settings/nested.decorator.js';
import type { NestedSetting, SecretSetting } from '../settings/setting.metadata.js';
import { readUnits } from '../settings/units.js';
import { concealing, pathKey, type Place } from './place.js';

/** An instance that class-validator is to be called with, and where its settings are written. */
interface ValidationRoot {
  readonly instance: object;
  readonly path: Path;
}

/** A value in a map of plain values. */
export interface MapEntry {
  readonly type: Type<object>;
  readonly setting: string;
  readonly path: Path;
  readonly value: unknown;
}

export class Binder {
  readonly problems: ConfigurationProblem[] = [];
  readonly warnings: ConfigurationProblem[] = [];
  /** Paths that have a problem already, so that validation says nothing more about them. */
  readonly settledPaths = new Set<string>();
  /** class-validator does not look into maps of named instances: each of those is a root of its own. */
  readonly roots: ValidationRoot[] = [];
  /** class-validator takes a map for one value: what is written in one is validated by itself. */
  readonly mapEntries: MapEntry[] = [];
  readonly #place: Place;
  readonly #openPaths: ReadonlySet<string>;

  /** @param openPaths maps there are not looked into, because another class describes them */
  constructor(place: Place, openPaths: ReadonlySet<string> = new Set()) {
    this.#place = place;
    this.#openPaths = openPaths;
  }

  /** The instance that `node` describes, or `undefined` when there is a problem with the whole of it. */
  bindRoot<T extends object>(type: Type<T>, node: ConfigurationNode | undefined, path: Path): T | undefined {
    const instance = this.#instance(type, node, path, undefined);
    if (instance !== undefined) this.roots.push({ instance, path });
    return instance;
  }

  #instance<T extends object>(
    type: Type<T>,
    node: ConfigurationNode | undefined,
    path: Path,
    defaults: unknown,
  ): T | undefined {
    if (node !== undefined && !isEmpty(node) && node.kind !== 'map') return this.#refuse(node, path, 'a map');
    const instance = this.#defaults(type, path, defaults);
    if (instance !== undefined && node?.kind === 'map') this.#fill(type, instance, node, path);
    return instance;
  }

  /** A fresh instance with the values of `defaults`, which other instances may share and which therefore stays as it is. */
  #defaults<T extends object>(type: Type<T>, path: Path, defaults: unknown): T | undefined {
    try {
      const instance = new type();
      return defaults instanceof type ? Object.assign(instance, defaults) : instance;
    } catch (error) {
      return this.#settle(path, `the class ${type.name} cannot be made: ${messageOf(error)}`);
    }
  }

  #fill<T extends object>(type: Type<T>, instance: T, node: MapNode, path: Path): void {
    const model = classModel(type);
    for (const [key, { node: written }] of node.entries) {
      const at = [...path, key];
      const setting = isForbiddenKey(key) ? undefined : model.settings.get(key);
      if (!setting) this.#unknown(type, written, model.current, at);
      else if (!isEmpty(written)) this.#set(type, setting, instance, written, at);
    }
  }

  #set<T extends object>(type: Type<T>, setting: SettingModel, instance: T, node: ConfigurationNode, path: Path): void {
    // The key is a setting of the class; validation checks its type.
    const target = instance as Record<string, unknown>;
    const value = this.#value(type, setting, node, path, target[setting.key]);
    try {
      if (value !== undefined) target[setting.key] = value;
    } catch (error) {
      // A setter of the class threw; its message may hold the value.
      this.#settle(
        path,
        `cannot be set: the class ${type.name} threw ${error instanceof Error ? error.name : 'something that is not an error'}`,
      );
    }
  }

  #value(type: Type<object>, setting: SettingModel, node: ConfigurationNode, path: Path, defaults: unknown): unknown {
    const { kind, nested, secret } = setting;
    if (nested) return this.#nested(nested, node, path, defaults);
    if (secret) return this.#secret(secret, node, path);
    if (kind === 'map' && node.kind === 'map') return this.#plainMap(type, setting, node, path, defaults);
    if (node.kind === 'map' && this.#openPaths.size > 0 && this.#openPaths.has(pathKey(path))) return {};
    if (kind === 'map') return this.#refuse(node, path, 'a map of names and values');
    if (kind === 'list' && node.kind !== 'list') return this.#refuse(node, path, 'a list');
    const refusals = refusalsWithin(node);
    if (refusals.length === 0) {
      this.warnings.push(...exposedSecrets(node, path, this.#place));
      return converted(setting, node);
    }
    this.problems.push(...refusals);
    this.settledPaths.add(pathKey(path));
    return undefined;
  }

  #secret(setting: SecretSetting, node: ConfigurationNode, path: Path): unknown {
    const { value, problems, warnings } = bindSecret(setting, node, path, concealing(this.#place));
    this.problems.push(...problems);
    this.warnings.push(...warnings);
    if (problems.length > 0) this.settledPaths.add(pathKey(path));
    return problems.length > 0 ? undefined : value;
  }

  /** Key by key over the defaults, as everywhere; `null` stands for the default of its key. */
  #plainMap(type: Type<object>, setting: SettingModel, node: MapNode, path: Path, defaults: unknown): unknown {
    const values = new Map<string, unknown>(
      typeof defaults === 'object' && defaults !== null ? Object.entries(defaults) : [],
    );
    for (const [name, { node: written }] of node.entries) {
      const at = [...path, name];
      const refusals = refusalsWithin(written);
      this.problems.push(...refusals);
      if (refusals.length > 0 || isForbiddenKey(name)) this.settledPaths.add(pathKey(at));
      else if (!isEmpty(written)) {
        this.warnings.push(...exposedSecrets(written, at, this.#place));
        values.set(name, converted(setting, written));
        this.mapEntries.push({ type, setting: setting.key, path: at, value: values.get(name) });
      }
    }
    return Object.fromEntries(values);
  }

  #nested(setting: NestedSetting, node: ConfigurationNode, path: Path, defaults: unknown): unknown {
    switch (setting.shape) {
      case 'one':
        return this.#chosen(setting, node, path, defaults);
      case 'list':
        if (node.kind !== 'list') return this.#refuse(node, path, expectedOf(setting));
        return node.items.map((item, index) => this.#chosen(setting, item, [...path, index], undefined));
      case 'map':
        if (node.kind !== 'map') return this.#refuse(node, path, expectedOf(setting));
        return this.#named(setting, node, path, defaults);
    }
  }

  /** An instance of the class that is written, where there are several. */
  #chosen(setting: NestedSetting, node: ConfigurationNode, path: Path, defaults: unknown): object | undefined {
    const type = node.kind === 'map' || isEmpty(node) ? classFor(setting, node, defaults) : nestedClasses(setting)[0];
    if (type) return this.#instance(type, node, path, defaults);
    const { property = '', classes = new Map<string, Type<object>>() } = setting.discriminator ?? {};
    const expected = `must be ${anyOf([...classes.keys()])}`;
    const named = node.kind === 'map' ? node.entries.get(property)?.node : undefined;
    const at = [...path, property];
    if (named?.kind === 'scalar' && typeof named.value === 'string') this.#settle(at, expected, 'CONFIG_VALUE_REFUSED');
    else if (named && !isEmpty(named)) this.#refuse(named, at, anyOf([...classes.keys()]));
    else this.#settle(at, `is missing: ${expected}`, 'CONFIG_MISSING');
    this.settledPaths.add(pathKey(path));
    return undefined;
  }

  /** Names are the operator's own. Defaults that are not written stay, as everywhere. */
  #named(setting: NestedSetting, node: MapNode, path: Path, defaults: unknown): Record<string, unknown> {
    const named = new Map<string, unknown>(
      typeof defaults === 'object' && defaults !== null ? Object.entries(defaults) : [],
    );
    for (const [name, { node: written }] of node.entries) {
      const at = [...path, name];
      const instance = this.#chosen(setting, written, at, named.get(name));
      if (instance === undefined) continue;
      named.set(name, instance);
      this.roots.push({ instance, path: at });
    }
    return Object.fromEntries(named);
  }

  /** Also reports what was refused while it was read, such as a forbidden key. */
  #unknown(type: Type<object>, written: ConfigurationNode, settings: ReadonlySet<string>, path: Path): void {
    const key = String(path.at(-1));
    this.problems.push(...refusalsWithin(written));
    if (isForbiddenKey(key) || isForAnchors(key)) return;
    const details = misplacedKey(type, key) ?? unknownDetails(key, settings);
    this.problems.push(this.#place.problemAt(path, details.message, 'key', details));
  }

  #refuse(node: ConfigurationNode, path: Path, expected: string): undefined {
    if (node.kind !== 'refused')
      return this.#settle(path, `must be ${expected}, but is ${kindOf(node)}`, 'CONFIG_WRONG_TYPE');
    this.problems.push(...node.problems);
    this.settledPaths.add(pathKey(path));
    return undefined;
  }

  #settle(path: Path, message: string, code: ProblemCode = 'CONFIG_CLASS'): undefined {
    this.problems.push(this.#place.problemAt(path, message, 'value', { code }));
    this.settledPaths.add(pathKey(path));
    return undefined;
  }
}

/** `folder, bucket or queue`. */
function anyOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}

/** `null` stands for the default. */
function isEmpty(node: ConfigurationNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** The value with the numbers for texts with a unit and for names of an enum; validation reports a text that stands for no number. */
function converted(setting: SettingModel, node: ConfigurationNode): unknown {
  if (node.kind === 'list') return node.items.map((item) => converted(setting, item));
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return toValue(node);
  const { quantity, members } = setting;
  const number = quantity === undefined ? members?.get(node.value) : readUnits(node.value, quantity);
  return number ?? node.value;
}
