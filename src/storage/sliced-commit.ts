/** Carries out one large unit in one transaction over many turns of the event loop. Nothing else may use the engine in the meantime. */
import type { EngineOperation, StoreEngine } from './store-engine.port.js';
import type { Receipt } from './unit.js';

/** Measured to take some milliseconds on a slow machine. */
const SLICE = 500;

/**
 * @param stopped what ends the work between two slices; `undefined`: nothing does
 * @throws what refuses the unit, or what the engine throws; the transaction is open then, to be rolled back
 */
export async function commitInSlices(
  engine: StoreEngine,
  operations: readonly EngineOperation[],
  stopped: () => Error | undefined,
): Promise<Receipt> {
  const positions: number[] = [];
  const versions: number[] = [];
  engine.begin();
  for (let from = 0; from < operations.length; from += SLICE) {
    const receipt = engine.apply(operations.slice(from, from + SLICE));
    positions.push(...receipt.positions);
    versions.push(...receipt.versions);
    await new Promise<void>((resolve) => setImmediate(resolve));
    const error = stopped();
    if (error) throw error;
  }
  engine.commit();
  return { positions, versions };
}
