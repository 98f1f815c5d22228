/**
 * The order of deliveries with the same key that records own. Each has a record whose key in the store begins with the key of its lane, so that
 * the next of a lane is found without reading the others, and all lanes can be found in pages.
 */
import type { RecordPage, Store, StoreOperation } from '../../../storage/index.js';
import { recordPages } from './pages.js';

export const LANES = 'delivery-lanes';

export interface Place {
  readonly key: string;
  /** Texts that grow with the order of arrival. */
  readonly turn: string;
  readonly id: string;
  /** It has the lane, and the others wait for it. */
  readonly isFirst: boolean;
}

/** Never part of the JSON of a text. */
const END = '\t';
const FIRST = 'first';

export function putPlace(subscription: string, { key, turn, id, isFirst }: Place): StoreOperation {
  return {
    op: 'put',
    table: LANES,
    scope: subscription,
    key: `${laneOf(key)}${turn}${END}${id}`,
    value: isFirst ? FIRST : 'waits',
  };
}

export function removePlace(subscription: string, key: string, turn: string, id: string): StoreOperation {
  return { op: 'delete', table: LANES, scope: subscription, key: `${laneOf(key)}${turn}${END}${id}` };
}

/** The place of an event of the log. */
export function turnAt(position: number): string {
  return String(position).padStart(16, '0');
}

/** A place behind everything up to a position and before all that comes later in the log. @param count grows */
export function turnAfter(position: number, nowMs: number, count: number): string {
  return `${turnAt(position)}.${String(nowMs).padStart(16, '0')}.${String(count).padStart(9, '0')}`;
}

/** The place of the log that a turn belongs to. */
export function positionOf(turn: string): number {
  return Number(turn.slice(0, 16));
}

/** When a turn behind the log was given, in milliseconds since 1970; 0 for one of the log. */
export function timeOf(turn: string): number {
  return Number(turn.slice(17, 33));
}

export async function firstOfLane(store: Store, subscription: string, key: string): Promise<Place | undefined> {
  const { records, damaged } = await store.scan({
    table: LANES,
    scope: subscription,
    keyPrefix: laneOf(key),
    limit: 1,
  });
  return placesOf({ records, damaged, next: undefined })[0];
}

/** All places, lane by lane and in order. */
export async function* placesIn(store: Store, subscription: string): AsyncGenerator<readonly Place[]> {
  for await (const page of recordPages(store, { table: LANES, scope: subscription, limit: PAGE })) yield placesOf(page);
}

const PAGE = 500;

function laneOf(key: string): string {
  return JSON.stringify(key) + END;
}

/** The key of a damaged record still shows everything, except whether it is the first of its lane. */
function placesOf({ records, damaged }: RecordPage): Place[] {
  const known = records.map(({ key, value }) => ({ key, isFirst: value === FIRST }));
  const doubtful = damaged.flatMap((damage) => (damage.kind === 'record' ? [{ key: damage.key, isFirst: false }] : []));
  return [...known, ...doubtful].flatMap(({ key: text, isFirst }) => {
    const [lane = '', turn, id] = text.split(END);
    return turn !== undefined && id !== undefined ? [{ key: JSON.parse(lane) as string, turn, id, isFirst }] : [];
  });
}
