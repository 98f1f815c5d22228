/** Settings of the lifecycle room: section `lifecycle` of panotti.yaml. All durations are seconds, or texts with a unit in YAML. */
import { IsDuration } from '../config/index.js';

export class LifecycleOptions {
  /** Longest time for one start of a plugin, in seconds; waiting for its dependencies does not count. `startTimeout` of a plugin overrides it. */
  @IsDuration({ min: '1ms', max: '1d' }) startTimeout = 30;
  /** Longest time for each destroy hook of a plugin, in seconds. `stopTimeout` of a plugin overrides it. */
  @IsDuration({ min: '1ms', max: '1d' }) stopTimeout = 5;
  /** How long open requests and running handlers of a stopping plugin may go on, in seconds. */
  @IsDuration({ max: '1d' }) drainTimeout = 5;
  /** Longest time for the whole shutdown, in seconds; then the process ends as it is. */
  @IsDuration({ min: '1ms', max: '1d' }) shutdownTimeout = 25;
  /** How long the server keeps serving after it has said that it is not ready any more, in seconds, so that load balancers notice. */
  @IsDuration({ max: '1h' }) drainDelay = 0;
}
