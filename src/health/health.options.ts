/** The section `health` of panotti.yaml. */
import { IsDuration } from '../config/index.js';

export class HealthOptions {
  /** How long the result of a check is given again without running it, in seconds. A check may have its own. */
  @IsDuration({ max: '1m' }) cacheTtl = 1;
  /** How long a check may take before it counts as failed, in seconds. A check may have its own. */
  @IsDuration({ min: '10ms', max: '30s' }) checkTimeout = 2;
  /** How often checks are run without being asked for, in seconds; 0: only when asked for. A plugin whose check fails is degraded. */
  @IsDuration({ max: '1h' }) checkInterval = 10;
}
