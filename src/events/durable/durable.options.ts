/** What an operator may set for durable events: `events.durable` of panotti.yaml. */
import { IsIn, IsInt, Max, Min } from 'class-validator';
import { IsByteSize, IsDuration } from '../../config/index.js';

export class DurableOptions {
  /** How many events may wait for one durable subscription before `publish` waits or fails. */
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  backlogLimit = 1_000_000;

  /**
   * What `publish` does at that limit, and while more than `unstoredLimit` events are on their way to the disk: `wait`, or `fail`. It fails at
   * once where waiting would not help: for the backlog of a plugin that does not run. In a unit of work it never waits.
   */
  @IsIn(['wait', 'fail'])
  whenFull: 'wait' | 'fail' = 'wait';

  /** How many published events may be on their way to the disk. */
  @IsInt()
  @Min(1)
  @Max(10_000_000)
  unstoredLimit = 10_000;

  /**
   * How many events of one subscription are in memory, running and waiting ones together; as many again may wait there for their key. The others
   * wait in the store. A tenth more places are for urgent events.
   */
  @IsInt()
  @Min(1)
  @Max(500)
  window = 500;

  /** The largest payload, in bytes of its JSON. */
  @IsByteSize({ min: 64, max: '16MiB' })
  maxPayloadBytes = 262_144;

  /**
   * How long a `deduplicationKey`, and an `id` that the publisher gave, is remembered, in seconds. An id is not free again before its event is no
   * longer stored.
   */
  @IsDuration({ min: '1s', max: '365d' })
  deduplicationWindow = 86_400;

  /**
   * How long a durable subscription whose plugin or handler is gone goes on to get what is published, in seconds: when it is back within this
   * time it has missed nothing. After that it gets nothing new. What waits for it by then is kept until it is dropped; with nothing, it is
   * forgotten.
   */
  @IsDuration({ max: '3650d' })
  missingGrace = 604_800;

  /** How long an event is kept for replay after every subscription has dealt with it, in seconds. */
  @IsDuration({ max: '3650d' })
  retention = 604_800;

  /** The size of the store from which on events that every subscription has dealt with go earlier, the oldest first, in bytes. */
  @IsByteSize({ min: '1MiB' })
  retentionBytes = 1_073_741_824;
}
