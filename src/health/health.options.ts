/** The section `health` of panotti.yaml. */
import { IsBoolean, IsNumber, Max, Min } from 'class-validator';

export class HealthOptions {
  /**
   * Shows more than states to whoever may ask: what checks return, why they or a plugin are not well, versions. The server has no
   * authentication, so leave it off where strangers reach it.
   */
  @IsBoolean() details = false;
  /** How long the result of a check is given again without running it, in seconds. A check may have its own. */
  @IsNumber() @Min(0) @Max(60) cacheTtl = 1;
  /** How long a check may take before it counts as failed, in seconds. A check may have its own. */
  @IsNumber() @Min(0.01) @Max(30) checkTimeout = 2;
  /** How often checks are run without being asked for, in seconds; 0: only when asked for. A plugin whose check fails is degraded. */
  @IsNumber() @Min(0) @Max(3_600) checkInterval = 10;
}
