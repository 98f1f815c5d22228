/** Variables that set options: `PANOTTI__HTTP__PORT`, `PANOTTI__PLUGINS__NOISE_REDUCTION__SETTINGS__TIMEOUT`. Names only; what they mean is for `variables-layer.ts`. */
import { variable, type Environment } from '../environment.js';

export interface SettingVariable {
  readonly name: string;
  /** The parts of its name below the document: `NOISE_REDUCTION`, `SETTINGS`, `TIMEOUT`. */
  readonly segments: readonly string[];
  readonly text: string;
}

export interface SettingVariables {
  /** For `panotti.yaml`: also `PANOTTI__PLUGINS__DIRECTORIES`. */
  readonly host: readonly SettingVariable[];
  /** For `plugins.yaml`: at least a name and a key below `PANOTTI__PLUGINS`. */
  readonly plugins: readonly SettingVariable[];
}

const PREFIX = 'PANOTTI__';
const PLUGINS = 'PLUGINS';

export function settingVariables(environment: Environment): SettingVariables {
  const all = Object.keys(environment)
    .filter((name) => name.toUpperCase().startsWith(PREFIX))
    .sort()
    .flatMap((name): SettingVariable[] => {
      const text = variable(environment, name);
      // A name with a prefix in lower case sets nothing, and is reported as unknown.
      const isSpelt = name.startsWith(PREFIX);
      return text === undefined
        ? []
        : [{ name, text, segments: isSpelt ? name.slice(PREFIX.length).split('__') : [''] }];
    });
  const isOfPlugin = ({ segments }: SettingVariable): boolean => segments[0] === PLUGINS && segments.length > 2;
  return {
    host: all.filter((candidate) => !isOfPlugin(candidate)),
    plugins: all.filter(isOfPlugin).map(({ name, text, segments }) => ({ name, text, segments: segments.slice(1) })),
  };
}

/** A key, or the name of a plugin, as a part of a variable's name: `retryCount` is `RETRY_COUNT`, `noise-reduction` is `NOISE_REDUCTION`. */
export function segmentOf(key: string): string {
  return key
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toUpperCase();
}

/** Case and underscores make no difference to which key is meant. */
export function normalizedSegment(text: string): string {
  return text.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Whether the part stands for this key of a path. The name of a plugin is matched letter by letter: there may be `ab` and `a-b`. */
export function standsFor(segment: string, key: string | number): boolean {
  return segment.toUpperCase() === segmentOf(String(key));
}
