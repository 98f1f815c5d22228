/** Follows a path as an operator writes it, `featureFlags.enableCaching` or `channels[0].name`, through the description of a class. */
import { nearestWord } from '../../common/index.js';
import type { ClassDescription, SettingDescription, SettingType } from './class-description.js';
import type { Path } from '../configuration-problem.js';

export type FoundSetting =
  | { readonly setting: SettingDescription; readonly path: Path }
  /** Where the path stops making sense: the part that was found, what follows it in vain, and what could. */
  | {
      readonly known: Path;
      readonly unknown: string;
      readonly candidates: readonly string[];
      readonly suggestion: string | undefined;
    };

/** The segments of a path: keys, and positions in lists. */
export function segmentsOf(path: string): string[] {
  return path
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter((segment) => segment !== '');
}

export function findSetting(description: ClassDescription, segments: readonly string[]): FoundSetting {
  return follow(description, segments, []);
}

function follow({ settings }: ClassDescription, [key = '', ...rest]: readonly string[], path: Path): FoundSetting {
  const setting = settings.find((one) => one.key === key);
  if (!setting) {
    const candidates = settings.map((one) => one.key);
    return {
      known: path,
      unknown: key,
      candidates,
      suggestion: key.length > 100 ? undefined : nearestWord(key, candidates),
    };
  }
  return within(setting, rest, [...path, key]);
}

function within(setting: SettingDescription, rest: readonly string[], path: Path): FoundSetting {
  const [next, ...others] = rest;
  if (next === undefined) return { setting, path };
  const { type } = setting;
  if (type.kind === 'section') return follow(type.section, rest, path);
  const inner = innerType(type);
  const isEntry = inner !== undefined && (type.kind === 'map' || /^\d+$/.test(next));
  if (!isEntry) return { known: path, unknown: next, candidates: [], suggestion: undefined };
  const at = [...path, type.kind === 'list' ? Number(next) : next];
  return within(
    { ...setting, key: next, type: inner, default: undefined, isRequired: false, constraints: [] },
    others,
    at,
  );
}

function innerType(type: SettingType): SettingType | undefined {
  if (type.kind === 'list') return type.items;
  if (type.kind !== 'map') return undefined;
  return type.values ? { kind: 'section', section: type.values } : type.plain;
}
