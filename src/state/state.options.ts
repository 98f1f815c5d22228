/** What an operator may set for what plugins remember: the section `state` of panotti.yaml. */
import { IsByteSize } from '../config/index.js';

export class StateOptions {
  /** How many bytes the `PluginState` and the `PluginStore`s of one plugin may occupy together. */
  @IsByteSize({ min: '1KiB' })
  quota: number = 16 * 1024 * 1024;
}
