/** Takes published events into the store, alone or with a unit of work, and hands them out once they are on the disk. */
import type { ClassConstructor } from 'class-transformer';
import type { Clock } from '../../../common/index.js';
import { StoreFullError, type FaultPoints, type Store, type StoreOperation } from '../../../storage/index.js';
import { EVENT_PRIORITIES, type EventPriority } from '../../contracts/event-contract.metadata.js';
import type { PublishedEvent } from '../../event/published-event.js';
import { EventNotStorableError, EventStoreFullError } from '../../events.errors.js';
import type { PublishOptions } from '../../plugin-events.js';
import type { UnitOfWork } from '../../unit/unit-of-work.js';
import { claimsOf, type Claim, type Deduplication } from './deduplication.js';
import { freshRow, putRow } from '../records/delivery-row.js';
import type { DurableDelivery } from '../records/durable-delivery.js';
import type { LogRange } from '../records/log-range.js';
import type { Acknowledgements } from '../session/acknowledgements.js';
import { urgentDue, type DueClock } from '../clock/due-clock.js';
import type { DurableOptions } from '../durable.options.js';
import type { DurableSubscription } from '../subscribers/durable-subscription.js';
import type { KnownSubscriptions } from '../subscribers/known-subscriptions.js';
import type { PublishGate } from './publish-gate.js';
import { PayloadProblem } from '../../contracts/plain-data.js';
import { payloadText } from './storable-payload.js';
import { storedEvent, type StoredEvent } from '../records/stored-event.js';

export interface IntakeDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly dues: DueClock;
  readonly options: DurableOptions;
  readonly known: KnownSubscriptions;
  readonly log: LogRange;
  readonly gate: PublishGate;
  readonly deduplication: Deduplication;
  readonly acknowledgements: Acknowledgements;
  readonly faults: FaultPoints;
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
  /** Set if it is delayed: a moment of `DueClock`. */
  readonly due: number | undefined;
  /** How many subscriptions had been declared when it was decided for whom the event is. */
  readonly declared: number;
  readonly claims: readonly Claim[];
}

/** Each means that another publisher has made the same claim in the same moment; the next look finds it. */
const MAX_REFUSALS = 10;

export class EventIntake {
  readonly #dependencies: IntakeDependencies;
  /** What makes claims in a unit. */
  readonly #claiming = new WeakMap<UnitOfWork, Promise<void>>();

  constructor(dependencies: IntakeDependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves once the event is on the disk. */
  async publish(publication: Publication): Promise<void> {
    const prepared = this.#prepare(publication);
    const { source, name } = publication.event.origin;
    const { gate } = this.#dependencies;
    const gated = { source, name, subscriptions: publication.subscriptions };
    const turn = gate.enter(gated);
    if (turn) await turn;
    try {
      await this.#commit(prepared);
    } catch (error) {
      throw error instanceof StoreFullError ? new EventStoreFullError(source, name, error) : error;
    } finally {
      gate.leave(gated);
    }
  }

  /** Publishes together with everything else that the unit changes. Never waits: the unit may hold what others need to go on. */
  async stage(unit: UnitOfWork, publication: Publication): Promise<void> {
    const { store, gate } = this.#dependencies;
    const { event, subscriptions } = publication;
    const prepared = this.#prepare(publication);
    const { source, name } = event.origin;
    unit.bind(store);
    gate.admit({ source, name, subscriptions }, unit);
    if (prepared.claims.length === 0) {
      this.#stage(unit, prepared, []);
      return;
    }
    // One after the other: of two with the same claim in one unit, the second must find the first.
    const work = this.#claimAndStage(unit, prepared, this.#claiming.get(unit));
    this.#claiming.set(unit, work);
    await work;
  }

  /** @param before earlier claims of the same unit; whether they fail does not matter here */
  async #claimAndStage(unit: UnitOfWork, prepared: Prepared, before: Promise<void> | undefined): Promise<void> {
    await before?.catch(() => undefined);
    const claims = await this.#dependencies.deduplication.claim(prepared, unit);
    if (claims) this.#stage(unit, prepared, claims);
  }

  #stage(unit: UnitOfWork, prepared: Prepared, claims: readonly StoreOperation[]): void {
    const index = unit.appends;
    for (const operation of this.#operations(prepared, claims)) unit.stage(operation);
    unit.onCommitted(() => this.#handOut(prepared, unit.positionOf(index)));
  }

  #prepare(publication: Publication): Prepared {
    const { event, eventClass, options, priority, subscriptions } = publication;
    const delayMs = options.delayMs ?? 0;
    this.#dependencies.dues.glance(event.time);
    const due = delayMs > 0 ? this.#dependencies.dues.in(delayMs) : undefined;
    this.#dependencies.faults.reach('event-validated');
    try {
      const text =
        subscriptions.length === 0
          ? 'null'
          : payloadText(event.payload, eventClass, this.#dependencies.options.maxPayloadBytes);
      const stored = storedEvent(event, text, { priority, isDelayed: due !== undefined });
      this.#dependencies.faults.reach('event-sealed');
      return {
        ...publication,
        due,
        declared: this.#dependencies.known.declared,
        stored,
        claims: claimsOf(event, options),
      };
    } catch (error) {
      if (!(error instanceof PayloadProblem)) throw error;
      throw new EventNotStorableError(event.origin.source, event.origin.name, error.message);
    }
  }

  async #commit(prepared: Prepared): Promise<void> {
    const { claims } = prepared;
    const { store, deduplication, faults } = this.#dependencies;
    for (let refusals = 0; ; refusals++) {
      const made = claims.length > 0 ? await deduplication.claim(prepared, store) : [];
      if (!made) return;
      try {
        const { positions } = await store.commit(this.#operations(prepared, made));
        faults.reach('publish-acknowledged');
        this.#handOut(prepared, positions[0]);
        return;
      } catch (error) {
        if (refusals === MAX_REFUSALS || !deduplication.isRefusal(error, claims)) throw error;
      }
    }
  }

  #operations({ stored, due, subscriptions }: Prepared, claims: readonly StoreOperation[]): StoreOperation[] {
    const operations: StoreOperation[] = [];
    const { known } = this.#dependencies;
    if (subscriptions.length > 0) {
      const passedBy = due === undefined ? beside(known.namesBeside(stored.name), subscriptions) : known.names();
      operations.push({ op: 'append', ...stored, passedBy });
    }
    if (due !== undefined) {
      const row = freshRow(stored);
      operations.push(...subscriptions.map(({ name }) => putRow(name, row, due)));
    }
    if (claims.length > 0) operations.push(...claims);
    return operations;
  }

  #handOut(prepared: Prepared, position: number | undefined): void {
    const { due, declared, subscriptions, deliver, options } = prepared;
    const { clock, known, log } = this.#dependencies;
    if (position !== undefined) {
      log.handedOut(position);
      for (const latecomer of known.declaredAfter(declared)) this.#handLate(prepared, position, latecomer);
    }
    for (const subscription of subscriptions) {
      if (due !== undefined) subscription.requeued(1, due);
      else if (position !== undefined) this.#offer(prepared, position, subscription);
    }
    if (due === undefined) deliver();
    else clock.after(options.delayMs ?? 0, deliver, { background: true });
  }

  #offer({ event, stored, priority }: Prepared, position: number, subscription: DurableSubscription): void {
    subscription.backlog.accepted();
    if (!subscription.session?.offer({ event, stored, position, priority }))
      this.#overtake(subscription, { stored, position, priority });
  }

  /**
   * Lets a more important event overtake what the log still holds for the subscription: it becomes a record that is looked at before all others. Not
   * where the subscription has a key, whose order comes first.
   */
  #overtake(
    subscription: DurableSubscription,
    { stored, position, priority }: Pick<DurableDelivery, 'stored' | 'position' | 'priority'>,
  ): void {
    const { name, isKeyed, overtakers } = subscription;
    const due = urgentDue(priority);
    const rank = EVENT_PRIORITIES.indexOf(priority);
    if (due === undefined || isKeyed || !overtakers.mayOvertake(rank)) {
      overtakers.waits(rank);
      return;
    }
    overtakers.overtook(position);
    const operations = [
      putRow(name, freshRow(stored), due),
      { op: 'acknowledge', subscription: name, position } as const,
    ];
    this.#dependencies.acknowledgements.commit(operations).then(
      () => subscription.session?.expect(due),
      // The log still has it, and it is read from there after the next start.
      () => overtakers.fellBack(position),
    );
  }

  /** The place of the subscription in the log is before the event, which was published without it. */
  #handLate(prepared: Prepared, position: number, subscription: DurableSubscription): void {
    const { stored, due } = prepared;
    if (subscription.event === stored.name && due === undefined) {
      this.#offer(prepared, position, subscription);
      return;
    }
    const { acknowledgements } = this.#dependencies;
    acknowledgements.add({ op: 'acknowledge', subscription: subscription.name, position });
  }
}

/** A subscription that was stranded since it was decided for whom the event is still gets it. */
function beside(names: readonly string[], subscriptions: readonly DurableSubscription[]): readonly string[] {
  if (!subscriptions.some(({ isStranded }) => isStranded)) return names;
  return names.filter((name) => !subscriptions.some((each) => each.name === name));
}
