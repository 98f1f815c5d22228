/** What the body of a request may be where its route does not say otherwise: section `http.bodies` of panotti.yaml. */
import { IsInt, Max, Min } from 'class-validator';
import { IsByteSize, IsDuration } from '../../config/index.js';

export class BodyOptions {
  /** Largest body, in bytes. In an application of your own, the `bodyLimit` of its Fastify holds where that is smaller. */
  @IsByteSize({ min: '1KiB', max: '1GiB' }) maxBytes: number = 1024 * 1024;
  /** How many lists and objects of a JSON body may lie within each other. */
  @IsInt() @Min(1) @Max(1_000) maxDepth = 32;
  /** How many keys and list elements a JSON body may have in all, and how many fields a form. */
  @IsInt() @Min(1) @Max(1_000_000) maxKeys = 10_000;
  /** Longest time for a whole body, in seconds. Does not hold for streams. */
  @IsDuration({ min: '10ms', max: '1d' }) timeout = 10;
  /** How long a client may send nothing in the middle of a body, in seconds. */
  @IsDuration({ min: '10ms', max: '1d' }) idleTimeout = 10;
  /** Least average rate of a stream, in bytes per second; 0: none. */
  @IsByteSize() minRate: number = 1024;
  /** Time over which that average is taken, in seconds. Time that the plugin takes to read does not count. */
  @IsDuration({ min: '10ms', max: '1d' }) rateWindow = 30;
}
