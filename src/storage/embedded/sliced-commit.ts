/** Writes one large unit in one transaction over many turns of the event loop. Nothing else may use the engine until it has ended. */
import { nextTurn } from '../../common/index.js';
import type { EngineOperation, EmbeddedEngine } from './embedded-engine.port.js';
import type { Receipt } from '../unit.js';
import { sliceEnd } from './unit-queue.js';

/**
 * @param failure asked between two slices, and ends the work where there is one
 * @throws what refuses the unit, or what the engine throws; the transaction may be open then, and must be rolled back
 */
export async function commitInSlices(
  engine: EmbeddedEngine,
  operations: readonly EngineOperation[],
  failure: () => Error | undefined,
): Promise<Receipt> {
  const positions: number[] = [];
  const versions: number[] = [];
  engine.begin();
  for (let from = 0; from < operations.length;) {
    const end = sliceEnd(operations, from);
    const receipt = engine.apply(operations.slice(from, end));
    positions.push(...receipt.positions);
    versions.push(...receipt.versions);
    from = end;
    // The commit, which waits for the disk, has a turn of its own.
    await nextTurn();
    const error = failure();
    if (error) throw error;
  }
  engine.commit();
  return { positions, versions };
}
