/** Takes published events into the store, alone or with a unit of work, and hands them out once they are on the disk. */
import { Logger } from '@nestjs/common';
import type { ClassConstructor } from 'class-transformer';
import { messageOf, type Clock } from '../../common/index.js';
import { StoreFullError, type Store, type StoreOperation } from '../../storage/index.js';
import type { EventPriority } from '../contracts/event-contract.metadata.js';
import type { PublishedEvent } from '../dispatch/published-event.js';
import { EventNotStorableError, EventStoreFullError } from '../events.errors.js';
import type { PublishOptions } from '../plugin-events.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { isRemembered, refusalOf, rememberKey } from './deduplication.js';
import { putRow } from './delivery-row.js';
import type { DurableOptions } from './durable.options.js';
import type { DurableSubscription } from './durable-subscription.js';
import type { KnownSubscriptions } from './known-subscriptions.js';
import type { PublishGate } from './publish-gate.js';
import { PayloadProblem, payloadText } from './storable-payload.js';
import { storedEvent, type StoredEvent } from './stored-event.js';

export interface IntakePorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly options: DurableOptions;
  readonly known: KnownSubscriptions;
  readonly gate: PublishGate;
  /** A position of the log that is no affair of the subscription. */
  readonly pass: (subscription: string, position: number) => void;
}

/** One event that is to be stored. */
export interface Publication {
  readonly event: PublishedEvent;
  readonly eventClass: ClassConstructor<object> | undefined;
  readonly priority: EventPriority;
  readonly options: PublishOptions;
  readonly subscriptions: readonly DurableSubscription[];
  /** Hands it to the handlers that are not durable. */
  readonly deliver: () => void;
}

interface Prepared extends Publication {
  readonly stored: StoredEvent;
  /** In milliseconds since 1970, where it is delayed. */
  readonly due: number | undefined;
  /** How many subscriptions had been made known when it was decided for whom it is. */
  readonly declared: number;
}

export class EventIntake {
  /** The position of the newest event that was handed out. */
  tail = 0;
  readonly #ports: IntakePorts;
  readonly #logger = new Logger('DurableEvents');

  constructor(ports: IntakePorts) {
    this.#ports = ports;
  }

  /** Resolves once the event is on the disk. */
  async publish(publication: Publication): Promise<void> {
    const prepared = this.#prepare(publication);
    const { source, name } = publication.event.origin;
    const { gate } = this.#ports;
    const turn = gate.enter({ source, name, subscriptions: publication.subscriptions });
    if (turn) await turn;
    try {
      await this.#commit(prepared);
    } catch (error) {
      throw error instanceof StoreFullError ? new EventStoreFullError(source, name, error) : error;
    } finally {
      gate.leave();
    }
  }

  /** As `publish`, together with everything else that the unit changes. */
  async stage(unit: UnitOfWork, publication: Publication): Promise<void> {
    const { store, clock } = this.#ports;
    const prepared = this.#prepare(publication);
    unit.bind(store);
    const { deduplicationKey: key } = publication.options;
    const publisher = publication.event.origin.source;
    if (key !== undefined && (await isRemembered(unit, { publisher, key, nowMs: clock.now() }))) return;
    // Without an expected version: what is there is over, or was staged by this unit.
    for (const operation of this.#operations(prepared, undefined)) unit.stage(operation);
    unit.onCommitted(() => void this.#handOutStaged(prepared));
  }

  /** So many more deliveries wait for their time. */
  expect(subscription: DurableSubscription | undefined, count: number, due: number): void {
    if (!subscription) return;
    subscription.backlog += count;
    subscription.session?.expect(due);
  }

  #prepare(publication: Publication): Prepared {
    const { event, eventClass, options, priority, subscriptions } = publication;
    const delayMs = options.delayMs ?? 0;
    const due = delayMs > 0 ? event.time + delayMs : undefined;
    try {
      const text = subscriptions.length === 0 ? 'null' : payloadText(event.payload, eventClass, this.#ports.options.maxPayloadBytes);
      return {
        ...publication,
        due,
        declared: this.#ports.known.declared,
        stored: storedEvent(event, text, { priority, isDelayed: due !== undefined }),
      };
    } catch (error) {
      if (!(error instanceof PayloadProblem)) throw error;
      throw new EventNotStorableError(event.origin.source, event.origin.name, error.message);
    }
  }

  async #commit(prepared: Prepared): Promise<void> {
    const { deduplicationKey: key } = prepared.options;
    const { store, clock } = this.#ports;
    for (let version = 0; ;) {
      try {
        const { positions } = await store.commit(this.#operations(prepared, version));
        this.#handOut(prepared, positions[0]);
        return;
      } catch (error) {
        if (key === undefined) throw error;
        const refusal = await refusalOf(store, { publisher: prepared.event.origin.source, key, nowMs: clock.now() }, error);
        if (refusal === 'taken') return;
        version = refusal;
      }
    }
  }

  #operations({ event, stored, due, subscriptions, options }: Prepared, keyVersion: number | undefined): StoreOperation[] {
    const operations: StoreOperation[] = [];
    const { known } = this.#ports;
    if (subscriptions.length > 0) {
      const passedBy = due === undefined ? known.namesBeside(stored.name) : known.names();
      operations.push({ op: 'append', ...stored, passedBy });
    }
    if (due !== undefined) {
      const row = { event: stored, position: this.tail + 1, attempts: 0, starts: 0, errors: [] };
      operations.push(...subscriptions.map(({ name }) => putRow(name, row, due)));
    }
    if (options.deduplicationKey !== undefined) {
      const expires = event.time + this.#ports.options.deduplicationWindow * 1_000;
      operations.push(rememberKey(event.origin.source, options.deduplicationKey, event.id, expires, keyVersion));
    }
    return operations;
  }

  #handOut(prepared: Prepared, position: number | undefined): void {
    const { event, stored, due, priority, subscriptions, deliver, options } = prepared;
    if (position !== undefined) {
      this.tail = Math.max(this.tail, position);
      for (const latecomer of this.#ports.known.declaredAfter(prepared.declared)) this.#handLate(prepared, position, latecomer);
    }
    for (const subscription of subscriptions) {
      if (due !== undefined) this.expect(subscription, 1, due);
      else if (position !== undefined) {
        subscription.backlog++;
        subscription.session?.offer(event, stored, position, priority);
      }
    }
    if (due === undefined) deliver();
    else this.#ports.clock.after(options.delayMs ?? 0, deliver, { background: true });
  }

  /** Its place in the log is before the event, which knew nothing of it. */
  #handLate({ event, stored, due, priority }: Prepared, position: number, subscription: DurableSubscription): void {
    if (subscription.event !== stored.name || due !== undefined) return this.#ports.pass(subscription.name, position);
    subscription.backlog++;
    subscription.session?.offer(event, stored, position, priority);
  }

  /** Whoever committed the unit has the positions; they are looked up. */
  async #handOutStaged(prepared: Prepared): Promise<void> {
    try {
      const entry = prepared.subscriptions.length > 0 ? await this.#ports.store.findEntry(prepared.event.id) : undefined;
      this.#handOut(prepared, entry?.position);
    } catch (error) {
      this.#logger.error(`An event that is stored could not be handed out, and will be after the next start: ${messageOf(error)}`);
    }
  }
}
