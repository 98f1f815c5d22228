/** What `plugins.yaml` may say about one plugin, whatever the plugin is. */
import { IsBoolean, IsNumber, IsObject, IsOptional, IsString, Min, ValidateBy, ValidateIf } from 'class-validator';
import { validRange } from 'semver';

const isRange = {
  name: 'isSemverRange',
  validator: { validate: (value: unknown) => typeof value === 'string' && validRange(value) !== null },
};

/** The section of one plugin. */
export class PluginSection {
  /** Semver range of the plugin versions that these settings are written for. Another version is a problem. Default: any. */
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
  @IsNumber()
  @Min(0.001)
  startTimeout: number | undefined = undefined;

  /** Longest time for its stop, in seconds. Default: the host's. */
  @IsOptional()
  @IsNumber()
  @Min(0.001)
  stopTimeout: number | undefined = undefined;

  /** What the plugin's own config class describes and validates. Never kept: `undefined` in the catalog. */
  @IsOptional()
  @IsObject()
  settings: Readonly<Record<string, unknown>> | undefined = undefined;
}
