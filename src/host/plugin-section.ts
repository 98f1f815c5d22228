/** What `plugins.yaml` may say about one plugin, whatever the plugin is. */
import { IsBoolean, IsObject, IsOptional, IsString, ValidateBy, ValidateIf } from 'class-validator';
import { validRange } from 'semver';
import { IsDuration } from '../config/index.js';

const isRange = {
  name: 'isSemverRange',
  validator: { validate: (value: unknown) => typeof value === 'string' && validRange(value) !== null },
};

/** The section of one plugin. */
export class PluginSection {
  /** Semver range of the plugin versions that these settings are written for. Another version is a problem. Default: every version. */
  @IsString()
  @ValidateIf((_section, value) => value !== undefined)
  @ValidateBy(isRange, { message: 'must be a semver range, for example ^1.0.0' })
  version: string | undefined = undefined;

  /** A plugin that is not enabled is neither built nor checked any further. */
  @IsBoolean()
  enabled = true;

  /** Without a required plugin the server is not ready. */
  @IsBoolean()
  required = false;

  /** Longest time for its start, in seconds. Default: the host's. */
  @IsOptional()
  @IsDuration({ min: '1ms' })
  startTimeout: number | undefined = undefined;

  /** Longest time for its stop, in seconds. Default: the host's. */
  @IsOptional()
  @IsDuration({ min: '1ms' })
  stopTimeout: number | undefined = undefined;

  /** What the plugin's own config class describes and validates. Never kept: `undefined` in the catalog. */
  @IsOptional()
  @IsObject()
  settings: Readonly<Record<string, unknown>> | undefined = undefined;
}

/** Whether something looks like the section of a plugin, wherever it is written. */
export function isPluginSection(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(new PluginSection()).some((key) => Object.hasOwn(value, key))
  );
}
