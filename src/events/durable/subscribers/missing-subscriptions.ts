/** Durable subscriptions whose handler is gone: for how long they get what is published, and what is reported to an operator. */
import { Logger } from '@nestjs/common';
import type { StoreOperation } from '../../../storage/index.js';
import { dropCommand } from '../../drop-command.js';
import type { DueClock } from '../clock/due-clock.js';
import type { DurableOptions } from '../durable.options.js';
import type { DurableSubscription } from './durable-subscription.js';
import type { KnownSubscriptions } from './known-subscriptions.js';

/** The end of the time in which a missing subscription gets what is published. @returns a moment of `DueClock` */
export function graceEnd(missingSince: number, { missingGrace }: Pick<DurableOptions, 'missingGrace'>): number {
  return missingSince + missingGrace * 1_000;
}

export class MissingSubscriptions {
  readonly #logger = new Logger('DurableEvents');

  constructor(
    private readonly known: KnownSubscriptions,
    private readonly dues: DueClock,
    private readonly options: Pick<DurableOptions, 'missingGrace'>,
  ) {}

  /**
   * A plugin starts that has handlers for these names, and no others.
   *
   * @returns what the store has to know of its subscriptions that are gone
   */
  ofPlugin(plugin: string, names: ReadonlySet<string>): StoreOperation[] {
    return this.#miss((each) => each.plugin === plugin && !names.has(each.name));
  }

  /** There are these plugins, and no others. @returns what the store has to know of subscriptions that are gone */
  ofServer(plugins: ReadonlySet<string>): StoreOperation[] {
    return this.#miss((each) => !plugins.has(each.plugin));
  }

  /** Ends the grace of those that are gone for too long; to be called from time to time. @returns what the store has to know */
  expired(): StoreOperation[] {
    const now = this.dues.now();
    const over = [...this.known.all()].filter((each) => each.isMissing && !each.isStranded && this.#endOf(each) <= now);
    return over.flatMap((each) => this.#expire(each));
  }

  /** The backlog is full. Publishers are not held up by a subscription without a handler. */
  overflow(subscription: DurableSubscription): void {
    this.known.strand(subscription);
    this.#logger.error(
      `${described(subscription)} It gets no new ones from now on: as many wait as \`events.durable.backlogLimit\` allows. ${advice(subscription)}`,
    );
  }

  #miss(isGone: (subscription: DurableSubscription) => boolean): StoreOperation[] {
    const operations: StoreOperation[] = [];
    for (const subscription of [...this.known.all()].filter(isGone)) {
      const now = this.dues.now();
      operations.push(...this.known.miss(subscription, now));
      const end = this.#endOf(subscription);
      if (end <= now) operations.push(...this.#expire(subscription));
      else
        this.#logger.warn(
          `${described(subscription)} It gets new ones until ${this.#timeText(end)}. ${advice(subscription)}`,
        );
    }
    return operations;
  }

  #expire(subscription: DurableSubscription): StoreOperation[] {
    if (subscription.backlog.size === 0) {
      this.#logger.warn(
        `The durable subscription "${subscription.name}" of plugin "${subscription.plugin}" was forgotten: ` +
          `it has had no handler since ${this.#timeText(subscription.missingSince)}, and nothing waited for it.`,
      );
      return this.known.forget(subscription.name);
    }
    this.known.strand(subscription);
    this.#logger.warn(
      `${described(subscription)} It gets no new ones any more: it has had no handler since ${this.#timeText(subscription.missingSince)}. ` +
        `What waits is kept until it is dropped. ${advice(subscription)}`,
    );
    return [];
  }

  #endOf({ missingSince = 0 }: DurableSubscription): number {
    return graceEnd(missingSince, this.options);
  }

  #timeText(due = 0): string {
    return new Date(this.dues.wallOf(due)).toISOString();
  }
}

function described({ name, plugin, event, backlog }: DurableSubscription): string {
  return `${backlog.size} event(s) "${event}" wait for the durable subscription "${name}", which plugin "${plugin}" no longer has.`;
}

function advice({ name }: DurableSubscription): string {
  return (
    `If its method was renamed, pin the name: @OnEvent(…, { delivery: 'durable', name: '${name}' }). ` +
    `If the plugin is gone, install it again. If its events are not needed, stop the server and run \`${dropCommand(name)}\`.`
  );
}
