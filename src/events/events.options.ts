/** What an operator may set for events: the section `events` of panotti.yaml. */
import { IsBoolean, IsIn, IsInt, Max, Min } from 'class-validator';
import { IsDuration, Nested } from '../config/index.js';
import { DurableOptions } from './durable/durable.options.js';

export class EventsOptions {
  /** Longest time for one attempt of a handler that names no time of its own, in seconds. */
  @IsDuration({ min: '1ms', max: '1d' })
  handlerTimeout = 30;

  /**
   * How long a handler that has exceeded its time keeps its key and its place, in seconds. Then it hangs, and others go on. Three calls of a
   * plugin that hang at once suspend it.
   */
  @IsDuration({ min: '1ms', max: '1d' })
  hungAfter = 30;

  /** How many events may be open for one handler, running and waiting ones together. One more is a failure of that handler. */
  @IsInt()
  @Min(1)
  @Max(10_000_000)
  queueLimit = 10_000;

  /** How many events may cause each other in a row. */
  @IsInt()
  @Min(1)
  @Max(1_000)
  depthLimit = 32;

  /** What becomes of the events for a plugin while it restarts: `hold` delivers them afterwards, `drop` counts them. */
  @IsIn(['hold', 'drop'])
  whileRestarting: 'hold' | 'drop' = 'hold';

  /**
   * How many deliveries may be held for one plugin that restarts: an event counts once for each of its handlers. Newer ones are dropped and
   * counted. More than `queueLimit` for one handler makes it refuse the rest when it is back.
   */
  @IsInt()
  @Min(1)
  @Max(10_000_000)
  heldLimit = 10_000;

  /** Checks the class-validator decorators of an event each time it is published, and when it is made an instance of the class of a handler. */
  @IsBoolean()
  validate = true;

  @Nested(() => DurableOptions) durable = new DurableOptions();
}
