/** What a plugin says about itself: the shape that authors write and the complete one that the host reads. */
import type { ModuleMetadata, Type } from '@nestjs/common';

/** A class decorated with `@EventContract`. */
// The parameters of its constructor are the author's own affair; `never[]` accepts any.
export type EventClass<E extends object = object> = new (...parameters: never[]) => E;

/** A program that a setting of the plugin names. */
export interface BinarySetting {
  readonly setting: string;
  /**
   * `report`, the default: without the program the server warns, `--strict` refuses it and the health is degraded. `wait`: that is normal on a
   * fresh machine, so it gets one line at `info`; the plugin is `blocked`, and starts after a reload once the program is there. Where an
   * operator says `required: true`, it is reported all the same.
   */
  readonly whenMissing?: 'report' | 'wait';
}

/** What must hold on the machine, or the plugin is `blocked` and never built. */
export interface PluginRequirements {
  /** Semver range of the host (the version of this package). */
  readonly host?: string;
  /** Semver range of Node. */
  readonly node?: string;
  /** Any of these, as in `process.platform`. Empty: all. */
  readonly platforms?: readonly NodeJS.Platform[];
  /** Programs that must be found on the PATH: by name, or by the setting of the plugin that names one, which may be an absolute path. */
  readonly binaries?: readonly (string | BinarySetting)[];
  /** Environment variables that must be set and not empty. */
  readonly env?: readonly string[];
}

/** What `@Plugin` takes: the manifest, and everything that `@Module` takes. */
export interface PluginOptions extends ModuleMetadata {
  /** `^[a-z][a-z0-9-]{1,63}$`. Also the key of its configuration and the path of its routes. */
  readonly name: string;
  /** A semantic version: `1.0.0`. */
  readonly version: string;
  /** One sentence for operators. */
  readonly description?: string;
  /** Plugin name to semver range. The plugin starts after them, and not without them. */
  readonly dependencies?: Readonly<Record<string, string>>;
  /** Plugin name to semver range. Started first where present, ignored where absent. */
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly requires?: PluginRequirements;
  /** The class of its settings: class-validator decorators, defaults as initialisers. Injected validated and frozen. */
  readonly config?: Type<object>;
  /** The class of its one document, injected as `PluginState`: class-validator decorators, defaults as initialisers, `@StateContract`. */
  readonly state?: Type<object>;
  /** The class of the records of each of its stores, injected by name with `@InjectStore`. */
  readonly stores?: Readonly<Record<string, Type<object>>>;
  /** Every event that it publishes: a class with `@EventContract`, or a name. Publishing another one is an error. */
  readonly emits?: readonly (EventClass | string)[];
}

/** A validated manifest with every default filled in. */
export interface PluginManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly requires: Required<PluginRequirements>;
  readonly config: Type<object> | undefined;
  readonly state: Type<object> | undefined;
  readonly stores: Readonly<Record<string, Type<object>>>;
  readonly emits: readonly (EventClass | string)[];
}
