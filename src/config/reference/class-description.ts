/** What is known about a configuration class before anything is written: plain data, which the reference, the schema and `config init` are made from. */
import type { JsonValue, SchemaFacts } from '../settings/check-facts.js';
import type { Deprecation } from '../settings/setting.metadata.js';
import type { ScalarType } from '../settings/value-type.js';

interface ListType {
  readonly kind: 'list';
  readonly items: SettingType;
  readonly schema: SchemaFacts;
}

/** A map whose keys are the settings of another class. */
interface SectionType {
  readonly kind: 'section';
  readonly section: ClassDescription;
}

/** One of the classes that a section may have, by what is written for the setting that names it. */
interface Variant {
  readonly name: JsonValue;
  readonly section: ClassDescription;
}

/** Classes that a section may have. */
export interface Variants {
  /** The setting that names the class. */
  readonly property: string;
  readonly classes: readonly Variant[];
}

/** A map from names that the operator chooses; without a class its values can be anything. */
interface MapType {
  readonly kind: 'map';
  readonly values: ClassDescription | undefined;
  /** What each value is, where all of them are plain. */
  readonly plain?: ScalarType;
}

export type SettingType = ScalarType | ListType | SectionType | MapType;

export interface SettingDescription {
  readonly key: string;
  readonly type: SettingType;
  /** Nothing passes unless it is written. */
  readonly isRequired: boolean;
  /** `undefined` without a default, for a secret, and where the machine decides. */
  readonly default: JsonValue | undefined;
  /** The default in words, where the machine decides. */
  readonly defaultText: string | undefined;
  /** One line. */
  readonly description: string | undefined;
  /** In words: `from 1 to 1000`. */
  readonly constraints: readonly string[];
  /** For a setting that is going to be removed. */
  readonly deprecated: Deprecation | undefined;
}

/** May contain itself, where a class nests its own. */
export interface ClassDescription {
  /** For people only: two classes may have the same name. */
  readonly name: string;
  readonly settings: readonly SettingDescription[];
  /** Where the class depends on one of its settings; `settings` has those of all of them then. */
  readonly variants?: Variants;
}
