/**
 * Judges a run of test/fixtures/plugins/durable-ledger from outside: by the journal that its handlers wrote and by the store that they left
 * behind. Each fault is one line; a run without faults has none.
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import type { LogEntry, Store } from '../../src/storage/index.js';
import { Interruptions } from './interruptions.js';

/** By handler: the event that it takes, and whether it keeps the order of keys. */
const HANDLERS = {
  post: { event: 'placed', isKeyed: true },
  settle: { event: 'posted', isKeyed: true },
  pack: { event: 'placed', isKeyed: false },
  transfer: { event: 'transferred', isKeyed: false },
  remind: { event: 'reminded', isKeyed: false },
} as const;
/** What `pack` can never take. */
const BAD_EVERY = 64;
const PACK_ATTEMPTS = 3;
const MAX_LINES = 20;

export interface LedgerSummary {
  readonly faults: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** How many acknowledged publishes the journal has, read as far as it has grown. */
export class AckedCount {
  #offset = 0;
  #count = 0;

  constructor(private readonly path: string) {}

  now(): number {
    if (!existsSync(this.path)) return 0;
    const file = openSync(this.path, 'r');
    try {
      const bytes = Buffer.alloc(fstatSync(file).size - this.#offset);
      this.#offset += readSync(file, bytes, 0, bytes.length, this.#offset);
      this.#count += bytes.toString().split('\nacked ').length - 1;
      return this.#count;
    } finally {
      closeSync(file);
    }
  }
}

/**
 * @param journal in which `killed` stands behind what each killed process has noted
 * @param kills how often the process was killed: so many starts more may an event have */
export async function judgeLedger(journal: string, store: Store, kills: number): Promise<LedgerSummary> {
  const lines = readFileSync(journal, 'utf8').split('\n');
  const log = await readAll(store);
  const interruptions = new Interruptions();
  const givenUp = await givenUpAsPoison(store);
  const isExcused = (delivery: string): boolean => givenUp.has(delivery) && interruptions.isPoisoned(delivery);
  const faults: string[] = [];
  const tried = new Map<string, number>();
  const acked = new Set<string>();
  const handlers = new Map(
    Object.keys(HANDLERS).map((name) => [name, new HandlerRecord(name as keyof typeof HANDLERS, log, isExcused)]),
  );
  for (const line of lines) {
    const [word, what = '', id = '', detail = '', attempt = ''] = line.split(' ');
    if (word === 'tried') {
      tried.set(`${what} ${id}`, Number(detail));
      interruptions.tried(`${what} ${id}`);
    } else if (word === 'acked') {
      acked.add(`${what} ${id}`);
      interruptions.acked(`${what} ${id}`);
    } else if (word === 'start') {
      interruptions.start(`${what} ${id}`);
      handlers.get(what)?.start(id, detail, Number(attempt));
    } else if (word === 'end') {
      interruptions.end(`${what} ${id}`);
      handlers.get(what)?.end(id);
    } else if (word === 'fail') {
      for (const each of id.split(',')) interruptions.fail(`${what} ${each}`);
    } else if (word === 'killed') interruptions.killed();
  }
  for (const handler of handlers.values()) faults.push(...handler.faults(acked, tried, kills));
  const poisoned = new Set([...givenUp].filter(isExcused));
  for await (const fault of storeFaults(store, log, poisoned)) faults.push(fault);
  const counts = {
    acked: acked.size,
    log: log.length,
    starts: sum(handlers, 'starts'),
    ends: sum(handlers, 'ends'),
    dead: (await deadCount(store)) - poisoned.size,
    poisoned: poisoned.size,
  };
  return { faults: faults.slice(0, MAX_LINES), counts };
}

interface Journalled {
  readonly id: string;
  readonly key: string;
  readonly position: number;
  readonly event: string;
}

/** What one handler did. */
class HandlerRecord {
  starts = 0;
  ends = 0;
  readonly #order: readonly Journalled[];
  readonly #index = new Map<string, number>();
  readonly #lanes = new Map<string, Journalled[]>();
  /** By key: how many of the oldest are done. */
  readonly #prefix = new Map<string, number>();
  readonly #startsOf = new Map<string, number>();
  readonly #done = new Set<string>();
  readonly #earliest = new Map<string, number>();
  readonly #faults: string[] = [];

  constructor(
    private readonly name: keyof typeof HANDLERS,
    log: readonly Journalled[],
    private readonly isExcused: (delivery: string) => boolean,
  ) {
    this.#order = log.filter(({ event }) => event === `ledger.${HANDLERS[name].event}`);
    for (const entry of this.#order) {
      const lane = this.#lanes.get(entry.key) ?? [];
      this.#lanes.set(entry.key, lane);
      this.#index.set(entry.id, lane.push(entry) - 1);
    }
  }

  start(id: string, detail: string, attempt: number): void {
    this.starts++;
    this.#startsOf.set(id, (this.#startsOf.get(id) ?? 0) + 1);
    if (this.name === 'remind')
      this.#earliest.set(id, Math.min(Number(detail), this.#earliest.get(id) ?? Number.POSITIVE_INFINITY));
    if (this.name === 'pack' && Number(detail) > 1 && attempt > 1)
      this.#faults.push(`pack ${id} was tried again in company`);
    if (HANDLERS[this.name].isKeyed) this.#checkOrder(id, detail);
  }

  end(id: string): void {
    this.ends++;
    this.#done.add(id);
  }

  *faults(acked: ReadonlySet<string>, tried: ReadonlyMap<string, number>, kills: number): Iterable<string> {
    yield* this.#faults;
    const { event } = HANDLERS[this.name];
    const known = new Set(this.#order.map(({ id }) => id));
    for (const { id } of this.#order) {
      if (!this.#isOver(id) && !this.#isBad(id)) yield `${this.name} never handled ${id}`;
      if (this.#done.has(id) && this.#isBad(id)) yield `${this.name} handled ${id}, which cannot be`;
      if (event !== 'posted' && !tried.has(`${event} ${id}`)) yield `${this.name}: ${id} was never published`;
    }
    for (const line of acked) {
      const [what, id = ''] = line.split(' ');
      if (what === event && !known.has(id)) yield `${event} ${id} was accepted, and is not in the log`;
    }
    for (const [id, starts] of this.#startsOf) {
      if (!known.has(id)) yield `${this.name} was called with ${id}, which was never committed`;
      // Conflicts are no attempts, and there may be many.
      if (this.name !== 'transfer' && starts > kills + PACK_ATTEMPTS + 1)
        yield `${this.name} was called ${starts} times with ${id}`;
    }
    for (const [id, at] of this.#earliest) {
      const due = tried.get(`reminded ${id}`) ?? 0;
      if (at < due) yield `${id} came ${due - at} ms early`;
    }
  }

  /** Handled, or given up on purpose by now. */
  #isOver(id: string): boolean {
    return this.#done.has(id) || this.isExcused(`${this.name} ${id}`);
  }

  #isBad(id: string): boolean {
    return this.name === 'pack' && isBad(id);
  }

  #checkOrder(id: string, key: string): void {
    const index = this.#index.get(id);
    const lane = this.#lanes.get(key) ?? [];
    if (index === undefined) return;
    let prefix = this.#prefix.get(key) ?? 0;
    while (prefix < lane.length && this.#isOver(lane[prefix]?.id ?? '')) prefix++;
    this.#prefix.set(key, prefix);
    if (index > prefix) this.#faults.push(`${this.name} of ${key}: ${id} began before ${lane[prefix]?.id} was done`);
  }
}

function isBad(id: string): boolean {
  return Number(id.split('-')[2]) % BAD_EVERY === BAD_EVERY - 1;
}

interface Letter {
  readonly scope: string;
  readonly handler: string;
  readonly id: string;
  readonly attempts: number;
  readonly errors: readonly { readonly name: string; readonly message: string }[];
}

async function* deadLetters(store: Store): AsyncIterable<Letter> {
  for (const { scope } of await store.totals('dead-letters')) {
    for (let after: string | undefined = ''; after !== undefined;) {
      const page: Awaited<ReturnType<Store['scan']>> = await store.scan({ table: 'dead-letters', scope, after });
      for (const { value } of page.records) {
        const { event, attempts, errors } = JSON.parse(value) as { event: LogEntry } & Pick<
          Letter,
          'attempts' | 'errors'
        >;
        yield { scope, handler: scope.replace('durable-ledger.', ''), id: payloadOf(event.body).id, attempts, errors };
      }
      after = page.next;
    }
  }
}

/** Deliveries of healthy events of which the server says that it ended with them as often as is allowed. */
async function givenUpAsPoison(store: Store): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const { handler, id, errors } of deadLetters(store)) {
    if (handler === 'pack' && isBad(id)) continue;
    if (errors[0]?.name === 'PoisonEventError' && errors[0].message.includes('ended 5 times'))
      found.add(`${handler} ${id}`);
  }
  return found;
}

async function* storeFaults(
  store: Store,
  log: readonly Journalled[],
  poisoned: ReadonlySet<string>,
): AsyncIterable<string> {
  for (const { scope, count } of await store.totals('deliveries')) yield `${count} deliveries of ${scope} are left`;
  for (const { scope, count } of await store.totals('delivery-lanes')) yield `${count} places of ${scope} are left`;
  const { last } = await store.logStatus();
  for (const [name, { position }] of await store.cursors())
    if (position !== last) yield `the cursor of ${name} stands at ${position} of ${last}`;
  const bad = new Set(log.filter(({ event, id }) => event === 'ledger.placed' && isBad(id)).map(({ id }) => id));
  for await (const { scope, handler, id, attempts, errors } of deadLetters(store)) {
    if (poisoned.has(`${handler} ${id}`)) continue;
    if (handler !== 'pack' || !bad.delete(id)) yield `${scope}: healthy event ${id} is dead: ${errors[0]?.message}`;
    // An attempt during which the process was killed counts, too.
    if (attempts < PACK_ATTEMPTS) yield `${scope}: ${id} is dead after ${attempts} attempts`;
  }
  for (const id of bad) yield `pack: ${id} is neither handled nor dead`;
  yield* halfUnits(store, log, poisoned);
}

/** The state, the chained event and the acknowledgement of a handler are one unit. */
async function* halfUnits(
  store: Store,
  log: readonly Journalled[],
  poisoned: ReadonlySet<string>,
): AsyncIterable<string> {
  const count = (events: readonly Journalled[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const { key } of events) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  };
  // A unit that was given up has left nothing at all.
  const placed = count(log.filter(({ event, id }) => event === 'ledger.placed' && !poisoned.has(`post ${id}`)));
  const posted = count(log.filter(({ event }) => event === 'ledger.posted'));
  const { records } = await store.scan({ table: 'plugin-state', scope: 'durable-ledger/accounts' });
  const sums = new Map(records.map(({ key, value }) => [key, (JSON.parse(value) as { sum: number }).sum]));
  for (const [key, number] of placed) {
    if (posted.get(key) !== number || sums.get(key) !== number) {
      yield `${key}: ${number} placed, ${posted.get(key)} posted, a sum of ${sums.get(key)}`;
    }
  }
  const transferred = log.filter(
    ({ event, id }) => event === 'ledger.transferred' && !poisoned.has(`transfer ${id}`),
  ).length;
  if ((sums.get('left') ?? 0) !== transferred || (sums.get('right') ?? 0) !== transferred) {
    yield `${transferred} transferred, sums of ${sums.get('left')} and ${sums.get('right')}`;
  }
}

async function readAll(store: Store): Promise<Journalled[]> {
  const all: Journalled[] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Awaited<ReturnType<Store['readLog']>> = await store.readLog({ after, limit: 1_000 });
    for (const { position, name, body } of page.entries) {
      if (name.startsWith('ledger.')) all.push({ ...payloadOf(body), position, event: name });
    }
    after = page.next;
  }
  return all;
}

function payloadOf(body: string): { readonly id: string; readonly key: string } {
  const { id, key } = (JSON.parse(body) as { payload: { id: string; key: string } }).payload;
  return { id, key };
}

async function deadCount(store: Store): Promise<number> {
  return (await store.totals('dead-letters')).reduce((total, { count }) => total + count, 0);
}

function sum(handlers: ReadonlyMap<string, HandlerRecord>, field: 'starts' | 'ends'): number {
  return [...handlers.values()].reduce((total, handler) => total + handler[field], 0);
}
