/** The section `health` of panotti.yaml. */
import { IsBoolean } from 'class-validator';
import { IsDuration } from '../config/index.js';

export class HealthOptions {
  /** Serves health over HTTP, at `http.routes.health`. */
  @IsBoolean() endpoints = true;
  /**
   * Shows more than states to whoever may ask: what checks return, why they or a plugin are not well, versions. The server has no
   * authentication, so leave it off where strangers reach it.
   */
  @IsBoolean() details = false;
  /** How long the result of a check is given again without running it, in seconds. A check may have its own. */
  @IsDuration({ max: '1m' }) cacheTtl = 1;
  /** How long a check may take before it counts as failed, in seconds. A check may have its own. */
  @IsDuration({ min: '10ms', max: '30s' }) checkTimeout = 2;
  /** How often checks are run without being asked for, in seconds; 0: only when asked for. A plugin whose check fails is degraded. */
  @IsDuration({ max: '1h' }) checkInterval = 10;
}
