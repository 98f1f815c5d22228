/**
 * What the plugin remembers over restarts. The class is everything there is to write: the host stores it, checks it at each change, and
 * injects it as `PluginState<ExampleState>`. When the shape changes, raise the version and say how older values are carried on:
 * `@StateContract({ version: 2, migrations: { 1: (old) => ({ … }) } })`.
 */
import { IsString } from 'class-validator';
import { StateContract } from 'panotti';

@StateContract({ version: 1 })
export class ExampleState {
  /** The oldest first. */
  @IsString({ each: true }) notes: string[] = [];
}
