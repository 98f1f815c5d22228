/** The units that wait for their transaction, taken out in groups that are small enough for one turn of the event loop. */
import type { SettledUnit } from './settlement.js';
import type { EngineOperation } from './embedded-engine.port.js';
import { bytesOf, loadOf, weightOf, type UnitLoad } from './unit-load.js';

/** Measured to take some milliseconds at most on a slow machine. */
const MAX_GROUP_WEIGHT = 512;

/** A group ends behind this many bytes of bodies and values; one unit may have more. */
const MAX_GROUP_BYTES = 1_048_576;

/** How much heavier or longer than a group a unit must be to be written in slices, which hold up everyone else until the last of them. */
const LARGE_FACTOR = 4;

export interface PendingUnit extends SettledUnit, UnitLoad {
  readonly operations: readonly EngineOperation[];
}

export class UnitQueue {
  #units: PendingUnit[] = [];

  get length(): number {
    return this.#units.length;
  }

  push(operations: readonly EngineOperation[], resolve: SettledUnit['resolve'], reject: SettledUnit['reject']): void {
    this.#units.push({ operations, ...loadOf(operations), resolve, reject });
  }

  /** The oldest units, up to the bounds of a group, and a large one alone; empty where none waits. */
  takeGroup(): PendingUnit[] {
    let weight = 0;
    let bytes = 0;
    let count = 0;
    while (count < this.#units.length && weight < MAX_GROUP_WEIGHT && bytes < MAX_GROUP_BYTES) {
      const unit = this.#units[count];
      if (count > 0 && unit && isLarge(unit)) break;
      count++;
      weight += unit?.weight ?? 0;
      bytes += unit?.bytes ?? 0;
    }
    if (count < this.#units.length) return this.#units.splice(0, count);
    const group = this.#units;
    this.#units = [];
    return group;
  }

  rejectAll(error: Error): void {
    rejectAll(this.#units.splice(0), error);
  }
}

/** Whether a unit is a group of its own that is written in slices. A single operation cannot be divided. */
export function isLarge({ weight, bytes, operations }: PendingUnit): boolean {
  const isHeavy = weight > LARGE_FACTOR * MAX_GROUP_WEIGHT || bytes > LARGE_FACTOR * MAX_GROUP_BYTES;
  return isHeavy && operations.length > 1;
}

/** Operations that may be carried out in one turn, beginning with number `from`: at least one. @returns the number after the last of them */
export function sliceEnd(operations: readonly EngineOperation[], from: number): number {
  let weight = 0;
  let bytes = 0;
  let end = from;
  while (weight < MAX_GROUP_WEIGHT && bytes < MAX_GROUP_BYTES) {
    const operation = operations[end];
    if (!operation) break;
    weight += weightOf(operation);
    bytes += bytesOf(operation);
    end++;
  }
  return end;
}

export function rejectAll(group: readonly PendingUnit[], error: Error): void {
  for (const { reject } of group) reject(error);
}
