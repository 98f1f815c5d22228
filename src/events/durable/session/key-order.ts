/**
 * The order of keys in one durable subscription: whose turn it is, what waits in memory and what in the store. What waits for a key takes no
 * place of those that can be handled: one slow key does not hold up the others.
 */
import type { FaultPoints, Store, StoreOperation } from '../../../storage/index.js';
import { Fifo } from '../../handlers/fifo.js';
import type { Acknowledgements } from './acknowledgements.js';
import { DELIVERIES, putRow, rowOf, type DeliveryRow } from '../records/delivery-row.js';
import type { DueClock } from '../clock/due-clock.js';
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
import { OrderedLanes, type RestoredLane } from './ordered-lanes.js';

export interface KeyOrderPorts {
  readonly subscription: string;
  readonly store: Store;
  readonly dues: DueClock;
  readonly acknowledgements: Acknowledgements;
  readonly faults: FaultPoints;
  /** How many deliveries wait for their key in memory at most. */
  readonly limit: number;
  /** How many more deliveries may be taken. */
  readonly room: () => number;
  /** A delivery that waited in memory is the first of its key. */
  readonly proceed: (delivery: DurableDelivery) => void;
  /** The same for one that waited in the store. */
  readonly take: (row: DeliveryRow) => void;
  /** A record is there to be handled at `due`, in milliseconds since 1970. */
  readonly expect: (due: number) => void;
  /** Deliveries that are in the store, or on their way there, and no longer in memory. */
  readonly forget: (deliveries: readonly DurableDelivery[]) => void;
  /** The log may be read again. */
  readonly readOn: () => void;
  readonly failed: (what: string, error: unknown) => void;
}

interface FoundLane extends RestoredLane {
  readonly key: string;
  stored: number;
  hasFirst: boolean;
}

/** How many keys are taken up in one turn of the event loop. */
const STEP = 50;
/** One key may have this part of the places in memory: the log is held only while so many keys have something that waits. */
const SHARES = 10;
/** A small window is not divided. */
const LEAST_SHARE = 10;

export class KeyOrder {
  readonly #lanes: OrderedLanes<DurableDelivery>;
  /** By key: what is on its way to the store. */
  readonly #parking = new Map<string, Set<Promise<void>>>();
  /** Keys of which nothing has the lane, after a start. */
  readonly #open = new Set<string>();
  /** Of these, the ones whose first may be taken out of the store. */
  readonly #ready = new Fifo<string>();
  #isTaking = false;
  #openThrough = 0;
  #readThrough = 0;
  #highest = 0;
  /** The latest time in a turn: the wall clock may be set back. */
  #latestMs = 0;
  #count = 0;
  #isClosed = false;
  readonly #memory: FullMemory;

  constructor(private readonly ports: KeyOrderPorts) {
    const { limit, acknowledgements, readOn } = ports;
    this.#lanes = new OrderedLanes(limit, Math.max(LEAST_SHARE, Math.ceil(limit / SHARES)));
    this.#memory = new FullMemory({
      limit,
      waiting: () => this.#lanes.waiting,
      written: () => acknowledgements.written(),
      readOn,
    });
  }

  /** How many more events of the log may be taken: what has no place in memory would have to go through the store. */
  get roomForLog(): number {
    return this.#memory.room;
  }

  /** How many wait in memory. */
  get waiting(): number {
    return this.#lanes.waiting;
  }

  close(): void {
    this.#isClosed = true;
    this.#memory.close();
  }

  /** Puts a delivery at the end of its lane. @returns whether it is the first there */
  enter(delivery: DurableDelivery, key: string): boolean {
    delivery.key = key;
    if (!delivery.row) this.#highest = Math.max(this.#highest, delivery.position);
    const turn = delivery.row ? this.#turnAfterAll() : turnAt(delivery.position);
    delivery.turn = turn;
    const place = this.#lanes.enter(key, delivery, { origin: delivery.row ? 'record' : 'log', turn });
    if (place === 'park') this.#park(delivery, key);
    return place === 'go';
  }

  /** The first of a lane is to be tried again. @returns what puts those behind it into the store, to be committed with that */
  block(key: string): StoreOperation[] {
    const behind = this.#lanes.block(key);
    this.ports.forget(behind);
    return behind.flatMap((delivery) => this.#parked(delivery));
  }

  /** The first of a lane is done. */
  leave(key: string): void {
    if (this.#isClosed) return;
    const next = this.#lanes.leave(key);
    if (next === 'store') {
      this.ports.faults.reach('key-freed');
      void this.#takeStored(key);
    } else if (next) {
      this.#memory.moved();
      this.ports.proceed(next.item);
    }
  }

  /** After a start, and before anything enters. @param through what the subscription has dealt with in the log */
  async restore(through: number): Promise<void> {
    this.#highest = through;
    this.#readThrough = through;
    let lane: FoundLane | undefined;
    for await (const places of placesIn(this.ports.store, this.ports.subscription)) {
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
    this.#latestMs = Math.max(this.#latestMs, this.ports.dues.now());
    return turnAfter(this.#highest, this.#latestMs, ++this.#count);
  }

  #restored(lane: FoundLane | undefined): void {
    if (!lane) return;
    this.#lanes.restore(lane.key, lane);
    if (!lane.hasFirst) this.#open.add(lane.key);
  }

  async #takeReady(): Promise<void> {
    this.#isTaking = true;
    for (let taken = 1; this.ports.room() > 0 && !this.#isClosed; taken++) {
      const key = this.#ready.shift();
      if (key === undefined) break;
      await this.#takeStored(key);
      // Reads of the store never leave the turn of the event loop.
      if (taken % STEP === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#isTaking = false;
  }

  async #takeStored(key: string): Promise<void> {
    const { store, subscription, failed } = this.ports;
    try {
      const place = await this.#firstOf(key);
      if (this.#isClosed) return;
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
      if (this.#isClosed) return;
      this.#lanes.taken(key);
      if (row) {
        await this.#begin(row, place);
        return;
      }
      // A record that is damaged is known to the store, and holds its key up no longer.
      await store.commit([removePlace(subscription, key, place.turn, place.id)]);
      this.leave(key);
    } catch (error) {
      failed('could not go on with a key', error);
    }
  }

  /** The first of a lane in the store. What has been put there since it was looked up may be older: the log is read in its order. */
  async #firstOf(key: string): Promise<Place | undefined> {
    const { store, subscription } = this.ports;
    for (;;) {
      await Promise.all(this.#parking.get(key) ?? []);
      const stored = this.#lanes.storedIn(key);
      const place = await firstOfLane(store, subscription, key);
      if (this.#isClosed || (this.#lanes.storedIn(key) === stored && !this.#parking.has(key))) return place;
    }
  }

  /** It has the lane now. */
  async #begin(row: DeliveryRow, place: Place): Promise<void> {
    const { acknowledgements, dues, expect, subscription, take } = this.ports;
    const { notBefore = 0, ...rest } = row;
    if (notBefore <= dues.now()) {
      take(rest);
      return;
    }
    await acknowledgements.commit([
      putRow(subscription, rest, notBefore),
      putPlace(subscription, { ...place, isFirst: true }),
    ]);
    expect(notBefore);
  }

  async #rowAt(id: string): Promise<DeliveryRow | undefined> {
    const { store, subscription, failed } = this.ports;
    try {
      const record = await store.get(DELIVERIES, subscription, id);
      return record && rowOf(record);
    } catch (error) {
      failed('skipped a record', error);
      return undefined;
    }
  }

  #park(delivery: DurableDelivery, key: string): void {
    const { acknowledgements, forget, failed } = this.ports;
    const all = this.#parking.get(key) ?? new Set();
    this.#parking.set(key, all);
    const end = (): void => {
      all.delete(parking);
      if (all.size === 0) this.#parking.delete(key);
      forget([delivery]);
    };
    const parking = acknowledgements.commit(this.#parked(delivery)).then(end, (error: unknown) => {
      failed('could not put a delivery behind its key', error);
      end();
    });
    all.add(parking);
  }

  #parked(delivery: DurableDelivery): StoreOperation[] {
    return keep(this.ports.subscription, delivery, rowFor(delivery, {}), undefined);
  }
}
