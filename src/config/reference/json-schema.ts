/**
 * The JSON Schema (2020-12) of both files, for editors and pipelines. It knows less than the server, which alone resolves variables and
 * runs every check. What the server takes it takes too, with two exceptions: a demanded setting that another layer gives, and the settings
 * of a disabled plugin, at which the server does not look.
 */
import type { ClassDescription, SettingDescription, SettingType, Variants } from './class-description.js';
import type { JsonValue } from '../settings/check-facts.js';
import { demandWords, deprecationWords, flowText } from './setting-words.js';
import { sectionOf, type ConfigurationReference } from './configuration-reference.js';

type Schema = Readonly<Record<string, JsonValue>>;

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** A text with a variable in it, whatever the setting takes: what it stands for is known to the server only. */
const REFERENCE: Schema = { description: 'A value with ${VARIABLE} in it.', type: 'string', pattern: '\\$\\{' };

/** `null` is a setting at its default, as in a section whose lines are all comments. */
const EMPTY: Schema = { type: 'null' };

/** Keys that hold what other places refer to. */
const ANCHORS: Schema = { '^x-': {} };

/** Limits are checked for numbers only: no pattern compares `90s` with `1m`. */
const UNITS: Readonly<Record<'duration' | 'size', Schema>> = {
  duration: { type: 'string', pattern: '^([0-9.]+(ms|[dhms]))+$' },
  size: { type: 'string', pattern: '^[0-9.]+([kKMGT]?B|[KMGT]iB)$' },
};

/** One document with a definition for each file: `#/$defs/panotti`, `#/$defs/plugins`, and `#/$defs/plugins.<name>` for `plugins/<name>.yaml`. */
export function jsonSchema(reference: ConfigurationReference): Schema {
  const definitions = new Definitions();
  const panotti = {
    ...definitions.objectOf(reference.host, 'panotti'),
    description: 'panotti.yaml: the settings of the server.',
  };
  const files = reference.plugins.map((plugin): [string, JsonValue] => [
    `plugins.${plugin.name}`,
    {
      description: plugin.description,
      anyOf: [definitions.objectOf(sectionOf(reference, plugin), plugin.name), EMPTY],
    },
  ]);
  const sections = reference.plugins.map(({ name }): [string, JsonValue] => [
    name,
    { $ref: `#/$defs/plugins.${name}` },
  ]);
  const plugins = {
    description: 'plugins.yaml: a section for each plugin, under its name.',
    type: ['object', 'null'],
    additionalProperties: false,
    patternProperties: ANCHORS,
    properties: Object.fromEntries(sections),
  };
  return {
    $schema: DIALECT,
    title: 'Configuration of a Panotti server',
    description:
      'Refer to #/$defs/panotti for panotti.yaml, to #/$defs/plugins for plugins.yaml, and to #/$defs/plugins.<name> for plugins/<name>.yaml.',
    $defs: {
      panotti: { ...panotti, type: ['object', 'null'] },
      plugins,
      ...Object.fromEntries(files),
      reference: REFERENCE,
      ...definitions.all(),
    },
  };
}

/** A definition for each class, by its identity: two classes of one name get two. */
class Definitions {
  readonly #names = new Map<ClassDescription, string>();
  readonly #schemas = new Map<string, Schema>();

  all(): Record<string, Schema> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** @param owner the file or plugin in whose name classes are defined */
  objectOf(description: ClassDescription, owner: string): Schema {
    const { settings, variants } = description;
    if (variants) return this.#oneOf(description, variants, owner);
    // One that may be written under its old name as well cannot be demanded under the new one.
    const renamed = new Set(settings.map(({ deprecated }) => deprecated?.use));
    const required = settings.filter(({ key, isRequired }) => isRequired && !renamed.has(key)).map(({ key }) => key);
    return {
      type: 'object',
      additionalProperties: false,
      patternProperties: ANCHORS,
      properties: Object.fromEntries(settings.map((setting) => [setting.key, this.#setting(setting, owner)])),
      ...(required.length > 0 ? { required } : {}),
    };
  }

  /** Which of the classes is meant stands in one setting: with `if`, an editor complains about the fields of that class alone. */
  #oneOf({ settings }: ClassDescription, { property, classes }: Variants, owner: string): Schema {
    const named = settings.find(({ key }) => key === property);
    const byDefault = named?.default;
    return {
      type: 'object',
      ...(byDefault === undefined ? { required: [property] } : {}),
      properties: named ? { [property]: this.#setting(named, owner) } : {},
      allOf: classes.map(({ name, section }) => ({
        // Without the setting it is the class of the default.
        if: {
          properties: { [property]: { enum: name === byDefault ? [name, null] : [name] } },
          ...(name === byDefault ? {} : { required: [property] }),
        },
        // oxlint-disable-next-line no-thenable
        then: this.#refer(section, owner),
      })),
    };
  }

  #setting(setting: SettingDescription, owner: string): Schema {
    const { type, isRequired, description, constraints, deprecated } = setting;
    const taken = this.#alternatives(type, owner);
    const sentences = [
      description,
      type.kind === 'section' ? undefined : `${capital(demandWords({ type, constraints }))}.`,
      defaultWords(setting),
      deprecated === undefined ? undefined : `Deprecated ${deprecationWords(deprecated)}.`,
    ];
    const shown = sentences.filter((sentence) => sentence !== undefined).join(' ');
    const isSection = type.kind === 'section';
    return {
      ...(shown === '' ? {} : { description: shown }),
      ...(setting.default === undefined || isSection ? {} : { default: setting.default }),
      ...(deprecated === undefined ? {} : { deprecated: true }),
      ...(type.kind === 'scalar' && type.name === 'secret' ? { writeOnly: true } : {}),
      ...anyOf(isRequired ? taken : [...taken, EMPTY]),
    };
  }

  /** Each way to write a value of the type. */
  #alternatives(type: SettingType, owner: string): Schema[] {
    switch (type.kind) {
      case 'scalar': {
        const { values, alsoTaken = [], schema } = type;
        if (values) return [{ enum: [...values, ...alsoTaken] }, { $ref: '#/$defs/reference' }];
        if (Object.keys(schema).length === 0) return [{}];
        if (type.name === 'duration' || type.name === 'size')
          return [schema, UNITS[type.name], { $ref: '#/$defs/reference' }];
        return schema['type'] === 'string' && Object.keys(schema).length === 1
          ? [schema]
          : [schema, { $ref: '#/$defs/reference' }];
      }
      case 'list':
        return [{ type: 'array', items: anyOf(this.#alternatives(type.items, owner)), ...type.schema }];
      case 'map':
        if (type.plain)
          return [{ type: 'object', additionalProperties: anyOf([...this.#alternatives(type.plain, owner), EMPTY]) }];
        return [
          {
            type: 'object',
            ...(type.values ? { additionalProperties: anyOf([this.#refer(type.values, owner), EMPTY]) } : {}),
          },
        ];
      case 'section':
        return [this.#refer(type.section, owner)];
    }
  }

  #refer(section: ClassDescription, owner: string): Schema {
    const known = this.#names.get(section);
    const name = known ?? this.#freeName(`${owner}.${section.name}`);
    if (known === undefined) {
      this.#names.set(section, name);
      // Taken before its settings are looked at: one of them may be the class itself.
      this.#schemas.set(name, {});
      this.#schemas.set(name, this.objectOf(section, owner));
    }
    return { $ref: `#/$defs/${encodeURIComponent(name).replaceAll('~', '~0')}` };
  }

  #freeName(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#schemas.has(name); count++) name = `${wanted}-${count}`;
    return name;
  }
}

/** A schema without any word takes everything, and so does a choice that has it. */
function anyOf(alternatives: readonly Schema[]): Schema {
  const [only] = alternatives;
  if (alternatives.some((one) => Object.keys(one).length === 0)) return {};
  return alternatives.length === 1 && only ? only : { anyOf: alternatives };
}

/** Editors show the description, and seldom the default beside it. */
function defaultWords({ type, default: value, defaultText }: SettingDescription): string | undefined {
  if (defaultText !== undefined) return `Default: ${defaultText}.`;
  return value === undefined || type.kind === 'section' ? undefined : `Default: ${flowText(value)}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
