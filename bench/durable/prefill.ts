/** Puts events into a store as the bus would have stored them, in large units. */
import type { Store } from '../../dist/storage/index.js';

const UNIT = 2_000;

export interface Prefilled {
  readonly name: string;
  readonly source: string;
  /** What the payload has beside a number. */
  readonly text: string;
}

const MEASURED: Prefilled = { name: 'bench.measured', source: 'bench', text: 'x'.repeat(270) };

export async function prefill(
  store: Store,
  count: number,
  { name, source, text }: Prefilled = MEASURED,
): Promise<void> {
  const time = Date.now() - 60_000;
  for (let from = 0; from < count; from += UNIT) {
    await store.commit(
      Array.from({ length: Math.min(UNIT, count - from) }, (_, index) => {
        const number = from + index;
        const id = `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
        const envelope = { version: 1, source, correlationId: id, depth: 0, payload: { number, text } };
        return { op: 'append' as const, id, name, time, body: JSON.stringify(envelope) };
      }),
    );
  }
}
