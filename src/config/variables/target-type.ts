/** Which type a setting has, so that the text of a variable can be read as nothing else. */
import type { MembersByName, ScalarKind } from '../settings/check-facts.js';
import type { SettingModel } from '../settings/class-model.js';
import type { Quantity } from '../settings/units.js';
import { kindOfSample } from '../settings/value-type.js';

export type PlainTarget =
  | { readonly kind: 'boolean' | 'integer' | 'number' | 'text' | Quantity }
  /** An enum of numbers. */
  | { readonly kind: 'member'; readonly members: MembersByName };

export type TargetType =
  | PlainTarget
  /** A list of plain values; `item` is what each of them is. */
  | { readonly kind: 'list'; readonly item: PlainTarget | 'map' }
  /** `values` is what each value is, where all of them are plain. */
  | { readonly kind: 'map'; readonly values?: PlainTarget };

const READ_AS: Readonly<Record<ScalarKind, PlainTarget>> = {
  'true or false': { kind: 'boolean' },
  'whole number': { kind: 'integer' },
  number: { kind: 'number' },
  duration: { kind: 'duration' },
  size: { kind: 'byteSize' },
  text: { kind: 'text' },
  URL: { kind: 'text' },
  date: { kind: 'text' },
  secret: { kind: 'text' },
  anything: { kind: 'text' },
};

/**
 * From the checks of the setting; where they leave it open, from its default and the type that the compiler recorded. Without any of
 * them it is text: that is what a variable holds, and nothing is converted.
 */
export function targetType(setting: SettingModel | undefined): TargetType {
  if (!setting) return READ_AS.text;
  const { nested, members, declared, default: value } = setting;
  if (nested) return nested.shape === 'list' ? { kind: 'list', item: 'map' } : { kind: 'map' };
  const { type } = setting.value;
  const plain = (kind: ScalarKind): PlainTarget => (members ? { kind: 'member', members } : READ_AS[kind]);
  if (type.kind === 'map') return type.plain ? { kind: 'map', values: plain(type.plain.name) } : { kind: 'map' };
  const ofItems = kindOfSample(Array.isArray(value) ? value[0] : undefined);
  if (type.kind === 'list')
    return { kind: 'list', item: plain(type.items.name === 'anything' ? ofItems : type.items.name) };
  if (type.name !== 'anything' || members) return plain(type.name);
  if (declared === Array || Array.isArray(value)) return { kind: 'list', item: plain(ofItems) };
  return typeof value === 'object' && value !== null ? { kind: 'map' } : READ_AS.text;
}
