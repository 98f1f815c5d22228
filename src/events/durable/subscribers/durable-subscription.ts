/** What the host knows of a durable subscription, whether its plugin runs or not. */
import type { Handler } from '../../handlers/handler.js';
import type { BacklogWatch } from '../backlog/backlog-watch.js';
import { Backlog } from '../backlog/backlog.js';
import { Overtakers } from '../backlog/overtakers.js';
import type { SubscriptionSession } from '../session/subscription-session.js';

export interface SubscriptionIdentity {
  readonly name: string;
  readonly plugin: string;
  /** The name of the event. */
  readonly event: string;
}

/** What the store knows of it besides its identity. */
export interface SubscriptionState {
  /** Order by key goes before priority. */
  readonly isKeyed: boolean;
  /** `Class.method` that it was last declared for; `undefined` if an earlier version has declared it. */
  readonly handler: string | undefined;
  /** Since when its handler is gone, as a moment of `DueClock`; `undefined` while it is there. */
  readonly missingSince: number | undefined;
}

export class DurableSubscription implements SubscriptionIdentity, SubscriptionState {
  readonly name: string;
  readonly plugin: string;
  readonly event: string;
  readonly backlog: Backlog;
  readonly overtakers = new Overtakers();
  #state: SubscriptionState;
  #session: SubscriptionSession | undefined;
  #isMissing = false;
  #isStranded = false;

  /** @param ordinal position in the order of declaration since the start of the server; 0 if it existed before */
  constructor(
    { name, plugin, event }: SubscriptionIdentity,
    state: SubscriptionState,
    watch: BacklogWatch,
    readonly ordinal = 0,
  ) {
    this.name = name;
    this.plugin = plugin;
    this.event = event;
    this.#state = state;
    this.backlog = new Backlog(plugin, watch);
  }

  get isKeyed(): boolean {
    return this.#state.isKeyed;
  }

  get handler(): string | undefined {
    return this.#state.handler;
  }

  get missingSince(): number | undefined {
    return this.#state.missingSince;
  }

  /** True if this process knows for sure that its plugin, or the handler there, is gone. */
  get isMissing(): boolean {
    return this.#isMissing;
  }

  /** It has been missing for too long, or with too much: it gets nothing new, and keeps what it has. */
  get isStranded(): boolean {
    return this.#isStranded;
  }

  /** Set while its plugin runs. */
  get session(): SubscriptionSession | undefined {
    return this.#session;
  }

  opened(session: SubscriptionSession): void {
    this.#session = session;
  }

  /** Ends the session of `handler`, if it is the current one. What was in memory waits in the log again. */
  closed(handler: Handler): void {
    if (this.#session?.handler !== handler) return;
    this.#session.close();
    this.#session = undefined;
    this.overtakers.logWaits();
    this.backlog.stopped();
  }

  /** The store has `count` more deliveries for it, due at that moment of `DueClock`. */
  requeued(count: number, due: number): void {
    this.backlog.accepted(count);
    this.#session?.expect(due);
  }

  /** Its handler is there. @returns whether the store has to know more than before */
  served(isKeyed: boolean, handler: string): boolean {
    const isAsStored = this.isKeyed === isKeyed && this.handler === handler && this.missingSince === undefined;
    this.#state = { isKeyed, handler, missingSince: undefined };
    this.#isMissing = false;
    this.#isStranded = false;
    return !isAsStored;
  }

  /** Its handler is gone. @returns whether the store has to know it */
  missed(now: number): boolean {
    this.#isMissing = true;
    if (this.missingSince !== undefined) return false;
    this.#state = { ...this.#state, missingSince: now };
    return true;
  }

  stranded(): void {
    this.#isStranded = true;
  }
}
