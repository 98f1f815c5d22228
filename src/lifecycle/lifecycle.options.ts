/** Settings of the lifecycle room: section `lifecycle` of panotti.yaml. All durations are seconds. */
import { IsNumber, Max, Min } from 'class-validator';

export class LifecycleOptions {
  /** Longest time for one start of a plugin, in seconds; waiting for its dependencies does not count. `startTimeout` of a plugin overrides it. */
  @IsNumber() @Min(0.001) @Max(86_400) startTimeout = 30;
  /** Longest time for each destroy hook of a plugin, in seconds. `stopTimeout` of a plugin overrides it. */
  @IsNumber() @Min(0.001) @Max(86_400) stopTimeout = 5;
  /** How long open requests and running handlers of a stopping plugin may go on, in seconds. */
  @IsNumber() @Min(0) @Max(86_400) drainTimeout = 5;
  /** Longest time for the whole shutdown, in seconds; then the process ends as it is. */
  @IsNumber() @Min(0.001) @Max(86_400) shutdownTimeout = 25;
  /** How long the server keeps serving after it has said that it is not ready any more, in seconds, so that load balancers notice. */
  @IsNumber() @Min(0) @Max(3_600) drainDelay = 0;
}
