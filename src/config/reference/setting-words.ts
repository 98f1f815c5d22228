/** The words for a setting that the reference, `config init` and `config explain` share. */
import type { Deprecation } from '../settings/setting.metadata.js';
import type { SettingDescription, SettingType } from './class-description.js';
import type { JsonValue } from '../settings/check-facts.js';

/** `whole number`, `plain or friendly`, `list of text`, `section`. */
export function typeWords(type: SettingType): string {
  switch (type.kind) {
    case 'scalar':
      return type.values ? listed(type.values.map(String)) : type.name;
    case 'list': {
      const isNamed = type.items.kind === 'scalar' && type.items.values === undefined;
      return isNamed && typeWords(type.items) === 'anything'
        ? 'list'
        : `list of ${type.items.kind === 'section' ? 'sections' : typeWords(type.items)}`;
    }
    case 'map':
      if (type.plain) return `map of ${typeWords(type.plain)}`;
      return type.values ? 'map of named sections' : 'map';
    case 'section':
      return 'section';
  }
}

/** The type with what its checks ask: `whole number, from 1 to 1000`. */
export function demandWords({ type, constraints }: Pick<SettingDescription, 'type' | 'constraints'>): string {
  return [typeWords(type), ...constraints].join(', ');
}

/** `since 1.2.0; write "timeout" instead`. */
export function deprecationWords({ since, use }: Deprecation): string {
  return use === undefined ? `since ${since}` : `since ${since}; write "${use}" instead`;
}

/** A value as it can be written in YAML on one line, without its comments; `${` stands for itself. */
export function flowText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(flowText).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${scalarText(key)}: ${flowText(item)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return scalarText(
    typeof value === 'string' ? value.replaceAll('${', () => '$${') : (value as string | number | boolean | null),
  );
}

/** Bare where no reader of YAML could take it for anything else, and in quotes otherwise. */
function scalarText(value: JsonValue): string {
  if (typeof value !== 'string') return String(value);
  const isQuantity = /^\d+(?:ms|[dhms]|[kMGT]i?B|B)$/.test(value);
  if (isQuantity) return value;
  const isBare =
    /^[A-Za-z_/][\w./-]*(?: [\w./-]+)*$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value);
  if (isBare) return value;
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/u.test(value) || value.includes("'") ? JSON.stringify(value) : `'${value}'`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
