/** Stands between a replay and the store, and counts what comes of it; without anybody who expects it, nothing is written. */
import type { Store } from '../../storage/index.js';
import type { DurableSubscription } from '../durable/subscribers/durable-subscription.js';
import type { ReplayStore } from './event-replay.js';
import type { ReplayPlan } from './event-operations.port.js';

export class ReplayCount implements ReplayStore {
  readonly #bySubscription = new Map<string, number>();
  #events = 0;

  constructor(
    private readonly store: Store,
    private readonly expected: ((subscription: string, count: number, due: number) => void) | undefined,
  ) {}

  readonly findEntry: ReplayStore['findEntry'] = (id) => this.store.findEntry(id);
  readonly logStatus: ReplayStore['logStatus'] = () => this.store.logStatus();
  readonly readLog: ReplayStore['readLog'] = (query) => this.store.readLog(query);
  readonly cursors: ReplayStore['cursors'] = () => this.store.cursors();
  readonly get: ReplayStore['get'] = (table, scope, key) => this.store.get(table, scope, key);

  readonly commit: ReplayStore['commit'] = async (operations) => {
    const receipt = this.expected ? await this.store.commit(operations) : { positions: [], versions: [] };
    this.#events += new Set(operations.flatMap((operation) => (operation.op === 'put' ? [operation.key] : []))).size;
    return receipt;
  };

  readonly expect = ({ name }: DurableSubscription, count: number, due: number): void => {
    this.#bySubscription.set(name, (this.#bySubscription.get(name) ?? 0) + count);
    this.expected?.(name, count, due);
  };

  plan(): ReplayPlan {
    const deliveries = [...this.#bySubscription].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return { events: this.#events, deliveries: deliveries.map(([subscription, count]) => ({ subscription, count })) };
  }
}
