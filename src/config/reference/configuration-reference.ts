/** All that can be written into the two files of a server, and where in `plugins.yaml` the settings of a plugin stand. */
import type { Type } from '@nestjs/common';
import type { ClassDescription, SettingDescription } from './class-description.js';
import { describeClass } from './describe-class.js';
import { oneLine } from '../settings/doc-comments.js';

export interface DescribedPlugin {
  readonly name: string;
  readonly version: string;
  /** One line. */
  readonly description: string;
  /** `undefined` for a plugin that takes no settings. */
  readonly settings: ClassDescription | undefined;
}

export interface ConfigurationReference {
  /** `panotti.yaml`. */
  readonly host: ClassDescription;
  /** What each section of `plugins.yaml` may have beside `settings`. */
  readonly section: ClassDescription;
  /** Sorted by name. */
  readonly plugins: readonly DescribedPlugin[];
}

export interface ReferenceClasses {
  readonly host: Type<object>;
  /** Its setting `settings` stands for the class of each plugin. */
  readonly section: Type<object>;
  readonly plugins: readonly {
    readonly name: string;
    readonly version: string;
    readonly description: string;
    readonly config: Type<object> | undefined;
  }[];
}

/** The setting of a section under which a plugin's own settings stand. */
export const SETTINGS_KEY = 'settings';

export function describeConfiguration({ host, section, plugins }: ReferenceClasses): ConfigurationReference {
  const described = plugins.map(({ name, version, description, config }) => ({
    name,
    version,
    description: oneLine(description),
    settings: config && describeClass(config),
  }));
  const common = describeClass(section);
  return {
    host: describeClass(host),
    section: { name: common.name, settings: common.settings.filter(({ key }) => key !== SETTINGS_KEY) },
    plugins: described.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** The class of one plugin's whole section: what every section may have, and its own settings. */
export function sectionOf({ section }: ConfigurationReference, { name, settings }: DescribedPlugin): ClassDescription {
  return {
    name: `${name} (section)`,
    settings: [...section.settings, ...(settings ? [settingsSetting(settings)] : [])],
  };
}

function settingsSetting(section: ClassDescription): SettingDescription {
  return {
    key: SETTINGS_KEY,
    type: { kind: 'section', section },
    isRequired: section.settings.some(({ isRequired }) => isRequired),
    // A section without a value stands for the defaults of what is inside.
    default: {},
    defaultText: undefined,
    description: 'What the plugin itself describes.',
    constraints: [],
    deprecated: undefined,
  };
}
