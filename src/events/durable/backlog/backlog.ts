/** How much waits for one durable subscription. The counts outlive the sessions of its plugin. */
import type { BacklogWatch } from './backlog-watch.js';

export class Backlog {
  #size = 0;
  #parked = 0;
  #reserved = 0;
  #countedThrough = 0;
  #isSorted = false;

  constructor(
    private readonly plugin: string,
    private readonly watch: BacklogWatch,
  ) {}

  /** Events that the subscription has not finished: those in the log, and those that records own. */
  get size(): number {
    return this.#size;
  }

  /** Events of the backlog that are parked, because the handler does not know their version. */
  get parked(): number {
    return this.#parked;
  }

  /** Events that are on their way to the disk, or staged in units of work. They count against the limit. */
  get reserved(): number {
    return this.#reserved;
  }

  /** Parked events that the handler that runs does not know; 0 until it has looked at all of them. */
  get refused(): number {
    return this.#isSorted ? this.#parked : 0;
  }

  /** @param through up to this position of the log every open event counts, also those for others: they are counted before they are read */
  restored({
    size,
    parked,
    through,
  }: {
    readonly size: number;
    readonly parked: number;
    readonly through: number;
  }): void {
    this.#size = size;
    this.#parked = parked;
    this.#countedThrough = through;
  }

  reserve(): void {
    this.#reserved++;
  }

  /** The event was accepted, or it never will be. */
  unreserve(): void {
    this.#reserved--;
    this.watch.becameLess();
  }

  accepted(count = 1): void {
    this.#size += count;
  }

  succeeded(): void {
    this.#leave();
  }

  deadLettered(): void {
    this.#leave();
  }

  /** The log has an event at `position` that is not for the subscription. */
  passed(position: number): void {
    if (position <= this.#countedThrough) this.#leave();
  }

  parkedOne(): void {
    this.#parked++;
    this.watch.parkedChanged(this.plugin);
  }

  /** `count` parked events are due again. */
  released(count: number): void {
    this.#parked = Math.max(0, this.#parked - count);
    this.watch.parkedChanged(this.plugin);
  }

  /** A parked event was given up. */
  skipped(): void {
    this.released(1);
    this.#leave();
  }

  /** The handler has looked at all that is parked: what still is, it does not know. */
  sorted(): void {
    this.#isSorted = true;
    this.watch.parkedChanged(this.plugin);
  }

  /** The handler has stopped. Does not tell the host, which stops the plugin. */
  stopped(): void {
    this.#isSorted = false;
    // A publisher that waits for this subscription would wait in vain.
    this.watch.becameLess();
  }

  dropped(): void {
    this.#size = 0;
    this.#parked = 0;
    this.watch.becameLess();
  }

  #leave(): void {
    this.#size = Math.max(0, this.#size - 1);
    this.watch.becameLess();
  }
}
