/** Number and size of the records of each scope: counted when a table is first asked about, and kept up to date from then on. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { StoreQuotaError } from '../storage.errors.js';
import type { ScopeTotals } from '../stored.js';
import type { LimitOperation } from '../unit.js';

export class RecordTotals {
  readonly #count: StatementSync;
  readonly #tables = new Map<string, Map<string, ScopeTotals>>();

  constructor(db: DatabaseSync) {
    this.#count = db.prepare(
      'SELECT scope, count(*) AS count, sum(octet_length(body)) AS bytes FROM records WHERE collection = ? GROUP BY scope',
    );
  }

  of(table: string): ScopeTotals[] {
    return [...this.#loaded(table).values()]
      .filter(({ count }) => count > 0)
      .sort((a, b) => Buffer.compare(Buffer.from(a.scope), Buffer.from(b.scope)));
  }

  /** @throws StoreQuotaError */
  limit({ table, scope, maxBytes }: LimitOperation): void {
    let sum = 0;
    for (const total of this.#loaded(table).values()) {
      if (total.scope === scope || total.scope.startsWith(`${scope}/`)) sum += total.bytes;
    }
    if (sum > maxBytes) throw new StoreQuotaError(table, scope, maxBytes);
  }

  add(table: string, scope: string, count: number, bytes: number): void {
    const scopes = this.#tables.get(table);
    if (!scopes) return;
    const before = scopes.get(scope) ?? { scope, count: 0, bytes: 0 };
    scopes.set(scope, { scope, count: before.count + count, bytes: before.bytes + bytes });
  }

  /** Counts the table again when it is next asked about. */
  forget(table: string): void {
    this.#tables.delete(table);
  }

  /** After something did not happen that has been counted. */
  forgetAll(): void {
    this.#tables.clear();
  }

  #loaded(table: string): Map<string, ScopeTotals> {
    const known = this.#tables.get(table);
    if (known) return known;
    const rows = this.#count.all(table);
    const scopes = new Map(
      rows.map((row) => [
        String(row['scope']),
        { scope: String(row['scope']), count: Number(row['count']), bytes: Number(row['bytes']) },
      ]),
    );
    this.#tables.set(table, scopes);
    return scopes;
  }
}
