/** Errors of the events room. Their codes are listed in docs/errors.md, tested in both directions. */
import { messageOf, PanottiError } from '../common/index.js';
import { dropCommand } from './drop-command.js';

/** A class or a name that cannot be an event. */
export class EventContractError extends PanottiError {
  constructor(message: string, fix: string) {
    super({ code: 'EVENT_CONTRACT_INVALID', message: `${message}.`, fix });
  }
}

/** An `@OnEvent`, or the class around it, is wrong. Thrown while the class is defined, or when its plugin is attached. */
export class SubscriptionDeclarationError extends PanottiError {
  constructor(
    handler: string,
    readonly problems: readonly string[],
    plugin?: string,
  ) {
    super({
      code: 'SUBSCRIPTION_INVALID',
      message: `@OnEvent on ${handler} is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
      fix: `Correct the decorator of ${handler}.`,
      plugin,
    });
  }
}

/** A plugin published an event that its manifest does not list. */
export class EventNotDeclaredError extends PanottiError {
  constructor(plugin: string, event: string) {
    super({
      code: 'EVENT_NOT_DECLARED',
      message: `Plugin "${plugin}" published "${event}", which its manifest does not list.`,
      fix: `Add the event to \`emits\` in the @Plugin of "${plugin}".`,
      plugin,
    });
  }
}

/** The properties of a published event break its contract. It reached no handler. */
export class EventInvalidError extends PanottiError {
  constructor(
    plugin: string,
    readonly event: string,
    /** Each as `path: message`, sorted; no values. */
    readonly problems: readonly string[],
  ) {
    super({
      code: 'EVENT_INVALID',
      message: `Plugin "${plugin}" published "${event}" with ${problems.length} wrong propert${problems.length === 1 ? 'y' : 'ies'}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
      fix: `Publish an event that satisfies the decorators of its class, or correct the class.`,
      plugin,
    });
  }
}

/** Events caused each other too often in a row. */
export class EventDepthError extends PanottiError {
  constructor(plugin: string, limit: number, names: readonly string[]) {
    super({
      code: 'EVENT_TOO_DEEP',
      message: `Plugin "${plugin}" published an event more than ${limit} causes deep: ${names.join(' -> ')}.`,
      fix: 'Let a handler of this chain stop publishing, or start a new chain from a timer or a request of its own.',
      plugin,
    });
  }
}

/** A handler did not finish in time. The reason of its `signal`. */
export class HandlerTimeoutError extends PanottiError {
  constructor(plugin: string, handler: string, event: string, timeoutMs: number) {
    super({
      code: 'EVENT_HANDLER_TIMEOUT',
      message: `Handler ${handler} of plugin "${plugin}" did not finish "${event}" within ${timeoutMs} ms.`,
      fix: 'Stop when `context.signal` aborts, do less in one event, or raise `timeoutMs` in its @OnEvent.',
      plugin,
    });
  }
}

/** A durable event has a payload of which the store could not give back the same. Nothing was stored. */
export class EventNotStorableError extends PanottiError {
  constructor(plugin: string, event: string, problem: string) {
    super({
      code: 'EVENT_NOT_STORABLE',
      message: `Plugin "${plugin}" published "${event}", which has a durable subscriber, and its payload cannot be stored: ${problem}.`,
      fix: 'Publish texts, finite numbers, booleans, null, arrays and plain objects; name the classes of nested objects with @Type.',
      plugin,
    });
  }
}

/** The disk is full, so a durable event was not accepted. Nothing was stored. */
export class EventStoreFullError extends PanottiError {
  constructor(plugin: string, event: string, cause: unknown) {
    super({
      code: 'EVENT_STORE_FULL',
      message: `Plugin "${plugin}" could not publish "${event}": the disk of the store is full.`,
      fix: 'Make space on the disk of the data directory; publishing works again by itself.',
      plugin,
      cause,
      contention: 'room',
    });
  }
}

/** The backlog of a durable subscription is full. Nothing was stored. */
export class EventBacklogFullError extends PanottiError {
  /** @param subscription `undefined` where too much is on its way to the disk */
  constructor(plugin: string, event: string, subscription: string | undefined, limit: number) {
    const what =
      subscription === undefined
        ? 'are on their way to the disk'
        : `wait for the durable subscription "${subscription}"`;
    super({
      code: 'EVENT_BACKLOG_FULL',
      message: `Plugin "${plugin}" could not publish "${event}": ${limit} events ${what}.`,
      fix:
        subscription === undefined
          ? 'Publish less at once, wait for what was published, or raise `events.durable.unstoredLimit`.'
          : 'Start its plugin, make its handler faster, or raise `events.durable.backlogLimit`. ' +
            `If its events are not needed, stop the server and run \`${dropCommand(subscription)}\`.`,
      plugin,
      contention: 'room',
    });
  }
}

/** A publisher used an id again after the deduplication window, for another event. Nothing was stored. */
export class EventIdTakenError extends PanottiError {
  constructor(
    plugin: string,
    event: string,
    taken: { readonly id: string; readonly name: string; readonly time: number },
  ) {
    const { id, name, time } = taken;
    super({
      code: 'EVENT_ID_TAKEN',
      message:
        `Plugin "${plugin}" could not publish "${event}" with the id ${JSON.stringify(id)}: ` +
        `another event with that id, "${name}" of ${new Date(time).toISOString()}, is still stored.`,
      fix: 'Give each event an id of its own. An id is free again when its event is no longer stored (`events.durable.retention`).',
      plugin,
    });
  }
}

/** No instance of the handler's class can be made of an event. A durable delivery becomes a dead letter; one from memory has failed. */
export class EventUnreadableError extends PanottiError {
  /** @param receiver the name of a durable subscription, or the handler */
  constructor(receiver: string, event: string, problem: string, cause?: unknown) {
    super({
      code: 'EVENT_UNREADABLE',
      message: `An event "${event}" cannot be delivered to "${receiver}": ${problem}.`,
      fix: 'Let the class of the handler accept what is published; then retry the dead letter, where the subscription is durable.',
      cause,
    });
  }
}

/** An event and the receiver that cannot take it. */
interface RefusedEvent {
  readonly plugin: string;
  /** The name of a durable subscription, or the handler. */
  readonly receiver: string;
  readonly event: string;
}

/** An event has a newer version than the class of the handler. A durable subscription parks it, for another handler the delivery has failed. */
export class EventVersionUnknownError extends PanottiError {
  readonly version: number;

  constructor(details: RefusedEvent & { readonly id: string; readonly version: number; readonly known: number }) {
    const { plugin, receiver, event, id, version, known } = details;
    super({
      code: 'EVENT_VERSION_UNKNOWN',
      message: `"${receiver}" cannot take "${event}" (event ${id}): it has version ${version}, and the class of the handler knows version ${known}.`,
      fix: `Install a version of plugin "${plugin}" that knows it. Until then a durable subscription keeps it: see \`panotti events parked\`.`,
      plugin,
    });
    this.version = version;
  }
}

/** The `upcast` of an event class threw, lacks a step, or made something that breaks the class. Treated as `EventUnreadableError`. */
export class EventUpcastError extends PanottiError {
  constructor(
    details: RefusedEvent & { readonly from: number; readonly to: number },
    problem: string,
    cause?: unknown,
  ) {
    const { plugin, receiver, event, from, to } = details;
    super({
      code: 'EVENT_UPCAST_FAILED',
      message: `An event "${event}" could not be carried on from version ${from} to ${to} for "${receiver}": ${problem}.`,
      fix: `Correct \`upcast\` in the @EventContract of plugin "${plugin}"; then retry the dead letter, where the subscription is durable.`,
      plugin,
      cause,
    });
  }
}

/** The process ended too often while a delivery ran. The delivery becomes a dead letter. */
export class PoisonEventError extends PanottiError {
  constructor(subscription: string, event: string, id: string, boots: number) {
    super({
      code: 'EVENT_KILLS_PROCESS',
      message: `The server ended ${boots} times while "${subscription}" handled "${event}" (event ${id}).`,
      fix: 'Find out what ended the server: this event in its handler, or something outside, such as kill or a memory limit; then retry the dead letter, or drop it.',
    });
  }
}

/** A dead letter cannot be retried, because its subscription no longer exists. It stays as it is. */
export class DeadLetterForeignError extends PanottiError {
  constructor(subscription: string, event: string, taken: string | undefined) {
    super({
      code: 'DEAD_LETTER_FOREIGN',
      message:
        taken === undefined
          ? `A dead letter "${event}" of "${subscription}" cannot be retried: there is no durable subscription of that name.`
          : `A dead letter "${event}" of "${subscription}" cannot be retried: the durable subscription of that name takes "${taken}" now.`,
      fix: 'Start a plugin that has a subscription of that name to that event, or drop the dead letter.',
    });
  }
}

/** Too many events wait for a handler. */
export class EventQueueFullError extends PanottiError {
  constructor(plugin: string, handler: string, event: string, limit: number) {
    super({
      code: 'EVENT_QUEUE_FULL',
      message: `Handler ${handler} of plugin "${plugin}" has ${limit} events open and took no further "${event}".`,
      fix: 'Raise `concurrency` in its @OnEvent, take events in batches, publish less, or raise `events.queueLimit`.',
      plugin,
    });
  }
}

/** The plugin stopped before its handler was done. The reason of its `signal`. */
export class DeliveryAbandonedError extends PanottiError {
  constructor(plugin: string, handler: string, event: string) {
    super({
      code: 'EVENT_DELIVERY_ABANDONED',
      message: `Handler ${handler} of plugin "${plugin}" stopped before it had finished "${event}".`,
      fix: 'Publish the event again once the plugin runs, or give the plugin more time to drain.',
      plugin,
    });
  }
}

/** A change came after its unit was over. */
export class UnitEndedError extends PanottiError {
  constructor() {
    super({
      code: 'UNIT_ENDED',
      message:
        'Something was to be stored or published in a unit of work, or in a durable handler, that is over already. Nothing of it happened.',
      fix: 'Await everything that belongs to the unit before its function returns; start a unit of its own for what comes later.',
    });
  }
}

/** A part of a unit failed after it had changed something, and the code around it went on. */
export class UnitFailedError extends PanottiError {
  constructor(cause: unknown) {
    super({
      code: 'UNIT_FAILED',
      message: `A part of a unit of work failed after it had changed something, and its error was caught: nothing of the unit happened. The part failed with: ${messageOf(cause)}`,
      fix: 'Let the error out of the unit, or check what may fail before the part changes anything.',
      cause,
    });
  }
}

/** The participants of a unit keep their records in different stores, or no store was named. */
export class UnitStoreError extends PanottiError {
  constructor(message: string) {
    super({
      code: 'UNIT_STORE_MISMATCH',
      message,
      fix: 'Use in one unit of work only what belongs to the plugins of one server.',
    });
  }
}
