/** The section `config` of panotti.yaml. */
import { IsBoolean } from 'class-validator';

export class ConfigOptions {
  /** Read the files again when one of them has changed, as on SIGHUP. Takes effect at the start of the server. */
  @IsBoolean() watch = false;
}
