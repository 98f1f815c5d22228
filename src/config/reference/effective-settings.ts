/** What is in effect for each option of a class, and where it was written. It reads the layers; `bind` decides whether a value is good. */
import type { ConfigurationDocument } from '../configuration-document.js';
import { isForbiddenKey, type ConfigurationNode, type MapNode } from '../tree/configuration-node.js';
import type { Origin, Path } from '../configuration-problem.js';
import type { ClassDescription, SettingDescription, SettingType } from './class-description.js';
import type { JsonValue } from '../settings/check-facts.js';
import type { ScalarType } from '../settings/value-type.js';

/** What stands in place of a secret, and of what could not be read. */
const MASK = '[secret]';
const UNREADABLE = '[unreadable]';

/** One value, or one map or list as a whole where nothing is described inside of it. */
export interface EffectiveSetting {
  /** From the root of the document. */
  readonly path: Path;
  readonly setting: SettingDescription;
  /** `undefined` without a value and without a default. Secrets are masked. */
  readonly value: JsonValue | undefined;
  /** `undefined` for the default. */
  readonly origin: Origin | undefined;
}

/** One layer's word on an option: the first is in effect. */
export interface WrittenValue {
  readonly origin: Origin;
  readonly value: JsonValue | undefined;
}

/** Every option of the class, in its order; the items of lists and maps of classes one by one. `document` has its variables laid over it. */
export function* effectiveSettings(
  document: ConfigurationDocument,
  description: ClassDescription,
  path: Path,
): Iterable<EffectiveSetting> {
  for (const setting of chosenSettings(document, description, path))
    yield* effective(document, setting, [...path, setting.key]);
}

/** Those of the class that is written, where there are several. */
function chosenSettings(
  document: ConfigurationDocument,
  { settings, variants }: ClassDescription,
  path: Path,
): readonly SettingDescription[] {
  if (!variants) return settings;
  const named = settings.find(({ key }) => key === variants.property);
  const node = document.nodeAt([...path, variants.property]);
  const name = node?.kind === 'scalar' ? (node.value ?? named?.default) : named?.default;
  const chosen = variants.classes.find((one) => one.name === name)?.section.settings;
  return chosen && named ? chosen.map((setting) => (setting.key === named.key ? named : setting)) : settings;
}

/** What each layer says about the option, secrets masked. */
export function writtenValues(
  document: ConfigurationDocument,
  { type }: Pick<SettingDescription, 'type'>,
  path: Path,
): WrittenValue[] {
  return document.valuesAt(path).map(({ origin, node }) => ({ origin, value: shown(node, type) }));
}

function* effective(
  document: ConfigurationDocument,
  setting: SettingDescription,
  path: Path,
): Iterable<EffectiveSetting> {
  const { type } = setting;
  const found = document.nodeAt(path);
  const node = found === undefined || isNull(found) ? undefined : found;
  if (
    type.kind === 'section' &&
    (node?.kind === 'map' || (node === undefined && (setting.default !== undefined || setting.isRequired)))
  ) {
    yield* effectiveSettings(document, type.section, path);
    return;
  }
  if (node === undefined && setting.deprecated !== undefined) return;
  if (type.kind === 'map' && type.plain && (node === undefined || node.kind === 'map')) {
    yield* mapEntries(type.plain, setting, node, path);
    return;
  }
  const inner = innerClass(type);
  const keys = inner ? innerKeys(node) : [];
  if (inner && keys.length > 0) for (const key of keys) yield* effectiveSettings(document, inner, [...path, key]);
  else yield { path, setting, value: node ? shown(node, type) : setting.default, origin: node?.origin };
}

/** Each value of a map of plain values, written or by default; the map itself where it is empty. */
function* mapEntries(
  plain: ScalarType,
  setting: SettingDescription,
  node: MapNode | undefined,
  path: Path,
): Iterable<EffectiveSetting> {
  const defaults = new Map<string, JsonValue>(isRecord(setting.default) ? Object.entries(setting.default) : []);
  const names = [...new Set([...defaults.keys(), ...innerKeys(node).map(String)])];
  if (names.length === 0) yield { path, setting, value: node ? {} : setting.default, origin: node?.origin };
  for (const name of names) {
    const written = node?.entries.get(name)?.node;
    const value = written === undefined || isNull(written) ? defaults.get(name) : shown(written, plain);
    const origin = written === undefined || isNull(written) ? undefined : written.origin;
    yield {
      path: [...path, name],
      setting: { ...setting, key: name, type: plain, default: defaults.get(name) },
      value,
      origin,
    };
  }
}

function isRecord(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function innerClass(type: SettingType): ClassDescription | undefined {
  if (type.kind === 'list') return type.items.kind === 'section' ? type.items.section : undefined;
  return type.kind === 'map' ? type.values : undefined;
}

function innerKeys(node: ConfigurationNode | undefined): (string | number)[] {
  if (node?.kind === 'list') return [...node.items.keys()];
  return node?.kind === 'map' ? [...node.entries.keys()].filter((key) => !isForbiddenKey(key)) : [];
}

function shown(node: ConfigurationNode, type: SettingType): JsonValue | undefined {
  switch (node.kind) {
    case 'refused':
      return UNREADABLE;
    case 'list':
      return node.items.map((item) => shown(item, itemType(type)) ?? null);
    case 'map': {
      const entries = [...node.entries].filter(([key]) => !isForbiddenKey(key));
      return Object.fromEntries(
        entries.map(([key, entry]) => [key, shown(entry.node, settingType(type, key)) ?? null]),
      );
    }
    case 'scalar':
      return node.value !== null && (isSecret(type) || node.supplied?.isSecret === true) ? MASK : node.value;
  }
}

/** A list written where a single secret belongs is wrong, and its items are no less secret. */
function itemType(type: SettingType): SettingType {
  return type.kind === 'list' ? type.items : type;
}

function settingType(type: SettingType, key: string): SettingType {
  if (type.kind === 'section') return type.section.settings.find((setting) => setting.key === key)?.type ?? type;
  return type.kind === 'map' && type.values ? { kind: 'section', section: type.values } : type;
}

function isSecret(type: SettingType): boolean {
  return type.kind === 'list' ? isSecret(type.items) : type.kind === 'scalar' && type.name === 'secret';
}

function isNull(node: ConfigurationNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}
