/** A bus with a store that outlives it, and handlers that note what they get. */
import {
  EventContract,
  OnEvent,
  type Attachment,
  type DurableOptions,
  EventsOptions,
  type DeadLetter,
  type PluginEvents,
  type ReplayQuery,
  CommitSignal,
  StoreEventOperations,
} from '../../../../src/events/index.js';
import { DurableOptions as Options } from '../../../../src/events/index.js';
import type { EventContext } from '../../../../src/plugin/index.js';
import { MemoryStore, StoreStatus, type FaultPoints, type Store } from '../../../../src/storage/index.js';
import { DeadLetters } from '../../../../src/events/operations/dead-letters.js';
import { withReads } from '../../../support/delayed-store.js';
import { settle } from '../../../support/fake-clock.js';
import { EventBench } from '../event-bench.js';

@EventContract('job.made')
export class JobMade {
  constructor(
    readonly job: number,
    readonly customer = 'c',
  ) {}
}

/** Notes what it gets; `behave` says how it ends. */
export class Notes {
  readonly jobs: number[] = [];
  readonly attempts: string[] = [];
  readonly instances: unknown[] = [];
  behave: (event: JobMade, context: EventContext) => unknown = () => undefined;

  async note(event: JobMade, context: EventContext): Promise<void> {
    this.instances.push(event);
    this.attempts.push(`${event.job} ${context.attempt}`);
    await this.behave(event, context);
    this.jobs.push(event.job);
  }
}

export class Worker extends Notes {
  @OnEvent(JobMade, { delivery: 'durable' })
  async handle(event: JobMade, context: EventContext): Promise<void> {
    await this.note(event, context);
  }
}

export class DurableBench extends EventBench {
  readonly events: PluginEvents;
  readonly store: Store;

  constructor(store: Store = new MemoryStore(), options: Partial<DurableOptions> = {}, faults?: FaultPoints) {
    const read = withReads(store);
    super(Object.assign(new EventsOptions(), { durable: Object.assign(new Options(), options) }), read, faults);
    this.store = read;
    this.events = this.bus.publisherFor({ name: 'shop', emits: [JobMade] });
  }

  /** Opens the bus as a server does that starts. */
  static async opened(store?: Store, options?: Partial<DurableOptions>, faults?: FaultPoints): Promise<DurableBench> {
    const bench = new DurableBench(store, options, faults);
    await bench.bus.open();
    return bench;
  }

  /** Starts a plugin: its handlers are attached, and it is ready. */
  async started(plugin: string, ...instances: object[]): Promise<Attachment> {
    const attachment = this.attach(plugin, ...instances);
    await attachment.isStored;
    this.bus.activate(attachment);
    await settle();
    return attachment;
  }

  get deadLetters(): DeadLetters {
    return new DeadLetters(this.store, this.bus.durable.known);
  }

  /** All dead letters, or those of one subscription. */
  async letters(subscription?: string): Promise<DeadLetter[]> {
    return (await Array.fromAsync(this.deadLetters.pages(subscription === undefined ? {} : { subscription }))).flat();
  }

  /** How many deliveries come of a replay. */
  async replay(query: ReplayQuery = {}): Promise<number> {
    const commits = new CommitSignal(new StoreStatus());
    const operations = StoreEventOperations.live(this.bus.durable, { store: this.store, commits });
    const { deliveries } = await operations.replay(query);
    return deliveries.reduce((sum, { count }) => sum + count, 0);
  }

  /** What the subscription has not finished. */
  backlogOf(subscription: string): number | undefined {
    return this.bus.durable.known.get(subscription)?.backlog.size;
  }
}
