/** What is known about a configuration class before anything is written: plain data, which the reference, the schema and `config init` are made from. */

import type { Deprecation } from './deprecated.metadata.js';

/** What YAML can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What an operator calls the kind of a single value. */
export type ScalarKind =
  'text' | 'whole number' | 'number' | 'true or false' | 'duration' | 'size' | 'secret' | 'date' | 'URL' | 'anything';

/** Keywords of JSON Schema that a check amounts to. */
export type SchemaFacts = Readonly<Record<string, JsonValue>>;

export interface ScalarType {
  readonly kind: 'scalar';
  readonly name: ScalarKind;
  /** For a setting that takes some values only. */
  readonly values: readonly JsonValue[] | undefined;
  /** What may be written beside these: the numbers of an enum whose names are the values. */
  readonly alsoTaken?: readonly JsonValue[];
  /** All that JSON Schema can say about the value. */
  readonly schema: SchemaFacts;
}

export interface ListType {
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
  /** `undefined` where there is none, where it is a secret, or where the machine decides. */
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
