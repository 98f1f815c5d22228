/**
 * The order of keys in one durable subscription: whose turn it is, what waits in memory and what in the store. What waits for a key has places of
 * its own: one slow key does not hold up the others.
 */
import { nextTurn } from '../../../common/index.js';
import type { StoreOperation } from '../../../storage/index.js';
import { Fifo } from '../../handlers/fifo.js';
import { DELIVERIES, putRow, rowOf, type DeliveryRow } from '../records/delivery-row.js';
import { keep, rowFor, type DurableDelivery } from '../records/durable-delivery.js';
import { FullMemory } from './full-memory.js';
import {
  firstOfLane,
  placesIn,
  positionOf,
  putPlace,
  removePlace,
  timeOf,
  turnAfter,
  turnAt,
  type Place,
} from '../records/lane-index.js';
import type { DueRows } from './due-rows.js';
import type { OrderedLanes, RestoredLane } from './ordered-lanes.js';
import type { DeliveryFlow, SessionContext } from './session-context.js';

interface FoundLane extends RestoredLane {
  readonly key: string;
  stored: number;
  hasFirst: boolean;
}

/** How many keys are taken up in one turn of the event loop. */
const STEP = 50;

export class KeyOrder {
  readonly #lanes: OrderedLanes<DurableDelivery>;
  readonly #memory: FullMemory;
  readonly #restoration = Promise.withResolvers<void>();
  /** What is on its way to the store, by key. */
  readonly #spilling = new Map<string, Set<Promise<void>>>();
  /** Keys of which nothing has the lane, after a start. */
  readonly #open = new Set<string>();
  /** Keys among them whose first may be taken out of the store. */
  readonly #ready = new Fifo<string>();
  #isTaking = false;
  #openThrough = 0;
  #readThrough = 0;
  #highest = 0;
  /** The latest time in a turn: the wall clock may be set back. */
  #latestMs = 0;
  #count = 0;

  constructor(
    private readonly context: SessionContext,
    private readonly rows: DueRows,
    private readonly flow: DeliveryFlow,
  ) {
    this.#lanes = context.lanes;
    this.#memory = new FullMemory(context.lanes, context.shared.acknowledgements, flow);
  }

  /** Resolves when the lanes of the store are known, or the session has ended. */
  get restored(): Promise<void> {
    return this.#restoration.promise;
  }

  /** How many more events of the log may be taken: what has no place in memory would have to go through the store. */
  get roomForLog(): number {
    return this.#memory.room;
  }

  close(): void {
    this.#memory.close();
    this.#restoration.resolve();
  }

  /** Puts a delivery at the end of its lane. @returns whether it is the first there */
  enter(delivery: DurableDelivery, key: string): boolean {
    delivery.key = key;
    if (!delivery.row) this.#highest = Math.max(this.#highest, delivery.position);
    const turn = delivery.row ? this.#turnAfterAll() : turnAt(delivery.position);
    delivery.turn = turn;
    const place = this.#lanes.enter(key, delivery, { origin: delivery.row ? 'record' : 'log', turn });
    if (place === 'spill') this.#spill(delivery, key);
    return place === 'go';
  }

  /** The first of a lane is to be tried again. @returns what puts those behind it into the store, to be committed with that */
  block(key: string): StoreOperation[] {
    const behind = this.#lanes.block(key);
    this.#release(behind);
    return behind.flatMap((delivery) => this.#spilled(delivery));
  }

  /** The first of a lane is done. */
  leave(key: string): void {
    if (this.context.isClosed) return;
    const next = this.#lanes.leave(key);
    if (next === 'store') {
      this.context.shared.faults.reach('key-freed');
      void this.#takeStored(key);
    } else if (next) {
      this.#memory.moved();
      this.flow.proceed(next.item);
    }
  }

  /** After a start, and before anything enters. @param through what the subscription has dealt with in the log */
  async restore(through: number): Promise<void> {
    this.#highest = through;
    this.#readThrough = through;
    let lane: FoundLane | undefined;
    for await (const places of placesIn(this.context.shared.store, this.context.name)) {
      for (const place of places) {
        if (lane?.key !== place.key) {
          this.#restored(lane);
          lane = { key: place.key, stored: 0, first: place.turn, hasFirst: false };
        }
        lane.stored++;
        lane.hasFirst ||= place.isFirst;
        this.#highest = Math.max(this.#highest, positionOf(place.turn));
        this.#latestMs = Math.max(this.#latestMs, timeOf(place.turn) + 1);
      }
    }
    this.#restored(lane);
    this.#openThrough = this.#highest;
    this.#restoration.resolve();
  }

  /** The log was read up to here. */
  read(through: number): void {
    this.#readThrough = Math.max(this.#readThrough, through);
    if (this.#open.size === 0 || through < this.#openThrough) return;
    for (const key of this.#open) if (this.#lanes.begin(key)) this.#ready.push(key);
    this.#open.clear();
    this.goOn();
  }

  /** There may be room again. */
  goOn(): void {
    if (this.#ready.size > 0 && !this.#isTaking) void this.#takeReady();
  }

  #turnAfterAll(): string {
    this.#latestMs = Math.max(this.#latestMs, this.context.shared.dues.now());
    return turnAfter(this.#highest, this.#latestMs, ++this.#count);
  }

  #restored(lane: FoundLane | undefined): void {
    if (!lane) return;
    this.#lanes.restore(lane.key, lane);
    if (!lane.hasFirst) this.#open.add(lane.key);
  }

  async #takeReady(): Promise<void> {
    this.#isTaking = true;
    for (let taken = 1; this.context.window.room > 0 && !this.context.isClosed; taken++) {
      const key = this.#ready.shift();
      if (key === undefined) break;
      await this.#takeStored(key);
      // Reads of the store never leave the turn of the event loop.
      if (taken % STEP === 0) await nextTurn();
    }
    this.#isTaking = false;
  }

  async #takeStored(key: string): Promise<void> {
    const { name, shared } = this.context;
    try {
      const place = await this.#firstOf(key);
      if (this.context.isClosed) return;
      if (!place) {
        this.#lanes.emptied(key);
        this.leave(key);
        return;
      }
      if (positionOf(place.turn) > this.#readThrough) {
        this.#lanes.vacate(key, place.turn);
        this.#open.add(key);
        return;
      }
      const row = await this.#rowAt(place.id);
      if (this.context.isClosed) return;
      this.#lanes.taken(key);
      if (row) {
        await this.#begin(row, place);
        return;
      }
      // A record that is damaged is known to the store, and holds its key up no longer.
      await shared.store.commit([removePlace(name, key, place.turn, place.id)]);
      this.leave(key);
    } catch (error) {
      this.context.report('could not go on with a key', error);
    }
  }

  /** The first of a lane in the store. What has been put there since it was looked up may be older: the log is read in its order. */
  async #firstOf(key: string): Promise<Place | undefined> {
    const { name, shared } = this.context;
    for (;;) {
      await Promise.all(this.#spilling.get(key) ?? []);
      const stored = this.#lanes.storedIn(key);
      const place = await firstOfLane(shared.store, name, key);
      if (this.context.isClosed || (this.#lanes.storedIn(key) === stored && !this.#spilling.has(key))) return place;
    }
  }

  /** It has the lane now. */
  async #begin(row: DeliveryRow, place: Place): Promise<void> {
    const { name, opener, shared } = this.context;
    const { notBefore = 0, ...rest } = row;
    if (notBefore <= shared.dues.now()) {
      this.flow.take(opener.row(rest));
      return;
    }
    await shared.acknowledgements.commit([putRow(name, rest, notBefore), putPlace(name, { ...place, isFirst: true })]);
    this.rows.expect(notBefore);
  }

  async #rowAt(id: string): Promise<DeliveryRow | undefined> {
    try {
      const record = await this.context.shared.store.get(DELIVERIES, this.context.name, id);
      return record && rowOf(record);
    } catch (error) {
      this.context.report('skipped a record', error);
      return undefined;
    }
  }

  /** Puts a delivery into the store, behind its key. */
  #spill(delivery: DurableDelivery, key: string): void {
    const all = this.#spilling.get(key) ?? new Set();
    this.#spilling.set(key, all);
    const end = (): void => {
      all.delete(spilling);
      if (all.size === 0) this.#spilling.delete(key);
      this.#release([delivery]);
    };
    const { acknowledgements } = this.context.shared;
    const spilling = acknowledgements.commit(this.#spilled(delivery)).then(end, (error: unknown) => {
      this.context.report('could not put a delivery behind its key', error);
      end();
    });
    all.add(spilling);
  }

  #spilled(delivery: DurableDelivery): StoreOperation[] {
    return keep(this.context.name, delivery, rowFor(delivery, {}), undefined);
  }

  /** They are in the store, or on their way there, and no longer in memory. */
  #release(deliveries: readonly DurableDelivery[]): void {
    for (const { event } of deliveries) this.context.window.release(event.id);
    this.flow.goOn();
  }
}
