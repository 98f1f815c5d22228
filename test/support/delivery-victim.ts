/** Runs test/fixtures/delivery/victim.mjs, a server that ends itself with SIGKILL at a named step, and looks at what it has left behind. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore, type StoredCursor } from '../../src/storage/index.js';

const VICTIM = join(import.meta.dirname, '../fixtures/delivery/victim.mjs');

export interface VictimOrders {
  readonly orders?: readonly string[];
  /** Ends the process when it comes to the step for the `count`-th time. */
  readonly kill?: { readonly point: string; readonly count: number };
  /** Removes everything from the log that all have dealt with, at the end. */
  readonly purges?: boolean;
}

/** What the store knows of each order at one moment. */
interface Traces {
  readonly acknowledged: ReadonlySet<string>;
  readonly state: ReadonlySet<string>;
  readonly booked: ReadonlySet<string>;
  readonly billed: ReadonlySet<string>;
}

export class DeliveryVictim implements AsyncDisposable {
  private constructor(private readonly directory: string) {}

  static async created(): Promise<DeliveryVictim> {
    const directory = await mkdtemp(join(tmpdir(), 'panotti-victim-'));
    writeFileSync(join(directory, 'journal'), '');
    return new DeliveryVictim(directory);
  }

  /** The exit code, or the signal that ended it; what it wrote to stderr instead, where it wrote something. */
  async run({ orders = [], kill, purges = false }: VictimOrders = {}): Promise<number | string | null> {
    const { directory } = this;
    const durable = purges ? { retention: 0 } : {};
    const settings = {
      dataDirectory: join(directory, 'data'),
      journal: join(directory, 'journal'),
      orders,
      kill,
      purges,
      durable,
    };
    const node = ['--disable-warning=ExperimentalWarning', VICTIM, JSON.stringify(settings)];
    const child = spawn(process.execPath, node, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    return new Promise((resolve) =>
      child.once('close', (code, signal) => resolve(complaint === '' ? (signal ?? code) : `${complaint} ${code}`)),
    );
  }

  /** How often each order was noted with this word. */
  counts(word: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const line of readFileSync(join(this.directory, 'journal'), 'utf8').split('\n')) {
      const [first, id] = line.split(' ');
      if (first === word && id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  }

  /** Orders of which the store holds a part: acknowledged, the state and both events go together, or none of them is there. */
  async halves(): Promise<string[]> {
    if (!existsSync(join(this.directory, 'data/panotti/store.db'))) return [];
    const traces = await this.#traces();
    const { acknowledged, state, booked, billed } = traces;
    const all = acknowledged.union(state).union(booked).union(billed);
    return [...all].flatMap((id) => {
      const parts = Object.entries(traces).flatMap(([part, ids]) =>
        (ids as ReadonlySet<string>).has(id) ? [part] : [],
      );
      return parts.length === Object.keys(traces).length ? [] : [`${id}: only ${parts.join(', ')}`];
    });
  }

  async #traces(): Promise<Traces> {
    const store = await SqliteStore.open({ path: join(this.directory, 'data/panotti/store.db') });
    try {
      const { entries } = await store.readLog({ after: 0 });
      const cursor = (await store.cursors()).get('shop.book') ?? { position: 0, above: [] };
      const waiting = new Set(
        (await store.scan({ table: 'deliveries', scope: 'shop.book' })).records.map(({ key }) => key),
      );
      const bookings = await store.scan({ table: 'plugin-state', scope: 'shop/bookings' });
      const idsOf = (name: string, isMeant: (entry: (typeof entries)[number]) => boolean = () => true): Set<string> =>
        new Set(entries.filter((entry) => entry.name === name && isMeant(entry)).map(({ body }) => orderOf(body)));
      return {
        acknowledged: idsOf('shop.order-placed', ({ position, id }) => isPast(cursor, position) && !waiting.has(id)),
        state: new Set(bookings.records.map(({ key }) => key)),
        booked: idsOf('shop.order-booked'),
        billed: idsOf('shop.order-billed'),
      };
    } finally {
      await store.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

function orderOf(body: string): string {
  return (JSON.parse(body) as { payload: { id: string } }).payload.id;
}

function isPast(cursor: StoredCursor, position: number): boolean {
  return position <= cursor.position || cursor.above.some(([first, last]) => position >= first && position <= last);
}
