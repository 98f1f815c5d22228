/**
 * Durable events: what is published for a durable subscription is stored first, handed out from memory after the commit, and read from the
 * store again by whoever missed it. The log holds the events, a cursor what each subscription has dealt with, and records what is out of order.
 */
import { Logger } from '@nestjs/common';
import { messageOf, type Clock, type ClockTimer } from '../../common/index.js';
import type { Store, StoreOperation } from '../../storage/index.js';
import type { Handler } from '../delivery/handler.js';
import { SubscriptionDeclarationError } from '../events.errors.js';
import { runOutsideUnits, type UnitOfWork } from '../unit-of-work.js';
import { Acknowledgements } from './acknowledgements.js';
import { DeadLetters } from './dead-letters.js';
import { forgetKeys } from './deduplication.js';
import type { DeadRow } from './delivery-row.js';
import { DueTimer } from './due-timer.js';
import { SubscriptionSession } from './subscription-session.js';
import type { DurableOptions } from './durable.options.js';
import type { DurableSubscription } from './durable-subscription.js';
import { EVENT_DEAD_LETTERED, EventDeadLettered } from './event-dead-lettered.js';
import { EventIntake, type Publication } from './event-intake.js';
import { replay, type ReplayQuery } from './event-replay.js';
import type { SubscriptionFigures } from './durable.metrics.js';
import { KnownSubscriptions } from './known-subscriptions.js';
import { PublishGate } from './publish-gate.js';
import { Retention } from './retention.js';
import { RunMarker } from './run-marker.js';
import { Suspects } from './suspects.js';

export interface DurablePorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly options: DurableOptions;
  /** Other tables of handlers than before are right from now on. */
  readonly changed: () => void;
  readonly publish: (event: EventDeadLettered) => Promise<void>;
}

const HOUSEKEEPING_MS = 60_000;

export class DurableEvents {
  readonly known: KnownSubscriptions;
  readonly deadLetters: DeadLetters;
  readonly #ports: DurablePorts;
  readonly #acknowledgements: Acknowledgements;
  readonly #due: DueTimer;
  readonly #gate: PublishGate;
  readonly #intake: EventIntake;
  readonly #retention: Retention;
  readonly #marker: RunMarker;
  readonly #suspects = new Suspects();
  readonly #logger = new Logger('DurableEvents');
  #housekeeping: ClockTimer | undefined;
  #first = 1;
  #orphansThrough = 0;
  #isClosed = false;

  constructor(ports: DurablePorts) {
    const { store, clock, options } = ports;
    this.#ports = ports;
    this.known = new KnownSubscriptions(store);
    this.#acknowledgements = new Acknowledgements(store, clock);
    this.#due = new DueTimer(clock);
    this.#gate = new PublishGate(options);
    const pass = (subscription: string, position: number): void =>
      this.#acknowledgements.add({ op: 'acknowledge', subscription, position });
    this.#intake = new EventIntake({ store, clock, options, known: this.known, gate: this.#gate, pass });
    this.#retention = new Retention(store, clock, options);
    this.#marker = new RunMarker(store);
    this.deadLetters = new DeadLetters(store, (name, due) => this.#intake.expect(this.known.get(name), 1, due));
  }

  /** To be called once, before anything is published or attached. */
  async open(): Promise<void> {
    const { first, last } = await this.#ports.store.logStatus();
    this.#first = first;
    this.#intake.tail = last;
    await this.known.load(last);
    this.#orphansThrough = (await this.#marker.begin()) === 'after a crash' ? last : 0;
    this.#ports.changed();
    if (last >= first) this.#keepHouse();
  }

  /** Waits for what is on its way to the disk. Handlers have ended by then. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#housekeeping?.cancel();
    this.#acknowledgements.end();
    await this.#acknowledgements.idle();
    await this.#marker.end();
  }

  /**
   * Makes the durable subscriptions of a plugin known, to publishers at once. Resolves when the store knows them.
   *
   * @throws SubscriptionDeclarationError when one takes the place of another event's, for which something waits
   */
  declare(plugin: string, handlers: readonly Handler[]): Promise<void> {
    const operations: StoreOperation[] = [];
    for (const handler of handlers) {
      const { durable, pattern, label } = handler.details;
      if (!durable) continue;
      const known = this.known.get(durable.name);
      if (known && known.plugin !== plugin) refuse(label, plugin, `its durable name "${durable.name}" belongs to plugin "${known.plugin}"`);
      if (known && known.event !== pattern && known.backlog > 0) {
        refuse(
          label,
          plugin,
          `${known.backlog} event(s) "${known.event}" wait for "${durable.name}": give the new subscription another \`name\``,
        );
      }
      operations.push(...this.known.declare(handler, durable, this.#first));
    }
    operations.push(...this.#strand(plugin, handlers));
    this.#ports.changed();
    return operations.length === 0 ? Promise.resolve() : this.#ports.store.commit(operations).then(() => undefined);
  }

  /** Delivers to these handlers from now on, beginning with what waits. */
  activate(handlers: readonly Handler[]): void {
    const sessions = handlers.flatMap((handler) => this.#openSession(handler));
    if (sessions.length === 0) return;
    // Nobody waits for it: a plugin is ready before it has caught up.
    void this.#catchUp(sessions).catch((error: unknown) => this.#logger.error(`Durable events cannot be delivered: ${messageOf(error)}`));
  }

  async #catchUp(sessions: readonly SubscriptionSession[]): Promise<void> {
    await this.#acknowledgements.written();
    const cursors = await this.#ports.store.cursors();
    await Promise.all(sessions.map((session) => session.open(cursors.get(session.name) ?? { position: 0, above: [] })));
  }

  /** Hands nothing more to these handlers. What runs is theirs to finish. */
  deactivate(handlers: readonly Handler[]): void {
    for (const handler of handlers) {
      const subscription = this.known.get(handler.details.durable?.name ?? '');
      if (subscription?.session?.handler !== handler) continue;
      subscription.session.close();
      subscription.session = undefined;
    }
  }

  /**
   * Resolves once the event is on the disk; its handlers go on by themselves.
   *
   * @throws EventNotStorableError, EventBacklogFullError, EventStoreFullError
   */
  publish(publication: Publication): Promise<void> {
    this.#keepHouse();
    return this.#intake.publish(publication);
  }

  /** As `publish`, together with everything else that the unit changes. */
  stage(unit: UnitOfWork, publication: Publication): Promise<void> {
    this.#keepHouse();
    return this.#intake.stage(unit, publication);
  }

  /** @returns how many deliveries come of it */
  replay(query: ReplayQuery): Promise<number> {
    const { store, clock } = this.#ports;
    const expect = (subscription: DurableSubscription, count: number, due: number): void => this.#intake.expect(subscription, count, due);
    return replay(query, { store, subscriptionsOf: (event) => this.known.of(event), nowMs: () => clock.now(), expect });
  }

  /** Records were added for a subscription from outside: so many more deliveries are due then. */
  expect(subscription: string, count: number, due: number): void {
    this.#intake.expect(this.known.get(subscription), count, due);
  }

  /** Forgets a subscription that nobody serves, with its backlog. Its dead letters stay. @returns whether there was one */
  async drop(name: string): Promise<boolean> {
    const subscription = this.known.get(name);
    if (!subscription || subscription.session) return false;
    await this.#ports.store.commit(this.known.forget(name));
    this.#ports.changed();
    return true;
  }

  /** Warns of subscriptions for which events wait and whose plugin is not among these, and says what to do about it. */
  reportStranded(plugins: ReadonlySet<string>): void {
    const gone = [...this.known.all()].filter((each) => each.backlog > 0 && !plugins.has(each.plugin));
    for (const subscription of gone) this.#logger.warn(describeStranded(subscription));
  }

  /** How each subscription fares. */
  async figures(): Promise<SubscriptionFigures[]> {
    const { store, clock } = this.#ports;
    const cursors = await store.cursors();
    const dead = await this.deadLetters.totals();
    return Promise.all(
      [...this.known.all()].map(async ({ name: subscription, plugin, backlog }) => {
        const { entries } =
          backlog > 0 ? await store.readLog({ after: cursors.get(subscription)?.position ?? 0, limit: 1 }) : { entries: [] };
        const oldestAgeMs = entries[0] ? clock.now() - entries[0].time : 0;
        return { subscription, plugin, backlog, deadLetters: dead.get(subscription) ?? 0, oldestAgeMs };
      }),
    );
  }

  #openSession(handler: Handler): SubscriptionSession[] {
    const subscription = this.known.get(handler.details.durable?.name ?? '');
    if (!subscription) return [];
    const { store, clock, options } = this.#ports;
    const done = (): void => {
      subscription.backlog = Math.max(0, subscription.backlog - 1);
      this.#gate.look();
    };
    const session = new SubscriptionSession(subscription.name, handler, {
      store,
      clock,
      acknowledgements: this.#acknowledgements,
      suspects: this.#suspects,
      due: this.#due,
      window: options.window,
      tail: () => this.#intake.tail,
      orphansThrough: this.#orphansThrough,
      done,
      died: (row, { plugin }) => void this.#tellOfDeath(subscription, plugin, row),
    });
    subscription.session = session;
    return [session];
  }

  #strand(plugin: string, handlers: readonly Handler[]): StoreOperation[] {
    const names = new Set(handlers.flatMap(({ details: { durable } }) => (durable ? [durable.name] : [])));
    return this.known.strand(plugin, names).flatMap((subscription) => {
      if (subscription.backlog === 0) return this.known.forget(subscription.name);
      this.#logger.warn(describeStranded(subscription));
      return [];
    });
  }

  async #tellOfDeath({ name: subscription }: DurableSubscription, plugin: string, { event, attempts, errors }: DeadRow): Promise<void> {
    const [last] = errors;
    const error = last ? `${last.name}: ${last.message}` : '';
    this.#logger.error(`"${subscription}" has a dead letter after ${attempts} attempt(s): "${event.name}" (event ${event.id}): ${error}`);
    if (event.name === EVENT_DEAD_LETTERED) return;
    const { source } = JSON.parse(event.body) as { source: string };
    try {
      const details = { plugin, subscription, event: event.name, eventId: event.id, source, attempts, error };
      await runOutsideUnits(() => this.#ports.publish(new EventDeadLettered(details)));
    } catch (thrown) {
      this.#logger.error(`Nobody could be told of a dead letter: ${messageOf(thrown)}`);
    }
  }

  /** From the first event on: a store without any needs no care. */
  #keepHouse(): void {
    if (this.#housekeeping || this.#isClosed) return;
    const again = (): void => {
      this.#housekeeping = undefined;
      this.#keepHouse();
    };
    this.#housekeeping = this.#ports.clock.after(HOUSEKEEPING_MS, () => void this.#clean().finally(again), { background: true });
  }

  async #clean(): Promise<void> {
    const { store, clock } = this.#ports;
    try {
      await store.commit([forgetKeys(clock.now())]);
      while (await this.#retention.trim());
      this.#first = (await store.logStatus()).first;
    } catch (error) {
      this.#logger.warn(`The store could not be tidied: ${messageOf(error)}`);
    }
  }
}

function refuse(label: string, plugin: string, problem: string): never {
  throw new SubscriptionDeclarationError(label, [problem], plugin);
}

function describeStranded({ name, plugin, event, backlog }: DurableSubscription): string {
  return (
    `${backlog} event(s) "${event}" wait for the durable subscription "${name}", which plugin "${plugin}" no longer has. ` +
    `If its method was renamed, pin the name: @OnEvent(…, { delivery: 'durable', name: '${name}' }). ` +
    `If the plugin is gone, install it again. If nobody needs the events, drop the subscription.`
  );
}
