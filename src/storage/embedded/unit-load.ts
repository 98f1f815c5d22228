/** How much work a unit is, so that a group of units stays small enough for one turn of the event loop. */
import type { EngineOperation } from './embedded-engine.port.js';

/** An acknowledgement writes no row of its own. */
const ACKNOWLEDGEMENT_WEIGHT = 0.1;

export interface UnitLoad {
  /** Size of its bodies and values; a character counts as one byte. */
  readonly bytes: number;
  /** How much work it is, in operations that write a row. */
  readonly weight: number;
}

export function loadOf(operations: readonly EngineOperation[]): UnitLoad {
  let bytes = 0;
  let weight = 0;
  for (const operation of operations) {
    weight += weightOf(operation);
    bytes += bytesOf(operation);
  }
  return { bytes, weight };
}

export function weightOf({ op }: EngineOperation): number {
  return op === 'acknowledge' ? ACKNOWLEDGEMENT_WEIGHT : 1;
}

export function bytesOf(operation: EngineOperation): number {
  if (operation.op === 'append') return operation.body.length;
  return operation.op === 'put' ? operation.value.length : 0;
}
