/** What an operator may set for what plugins remember: the section `state` of panotti.yaml. */
import { IsInt, Max, Min } from 'class-validator';

export class StateOptions {
  /** How many bytes the `PluginState` and the `PluginStore`s of one plugin may occupy together. The default is 16 MiB. */
  @IsInt()
  @Min(1_024)
  @Max(Number.MAX_SAFE_INTEGER)
  quota: number = 16 * 1024 * 1024;
}
