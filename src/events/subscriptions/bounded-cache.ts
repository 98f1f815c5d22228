/** A cache that forgets its oldest entry when it is full: names of events may come from outside and be without number. */

export class BoundedCache<V> {
  readonly #values = new Map<string, V>();

  constructor(
    private readonly limit: number,
    private readonly make: (key: string) => V,
  ) {}

  get size(): number {
    return this.#values.size;
  }

  /** The value for `key`, made if it is not there. */
  get(key: string): V {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    if (this.#values.size >= this.limit) this.#forgetOldest();
    const value = this.make(key);
    this.#values.set(key, value);
    return value;
  }

  clear(): void {
    this.#values.clear();
  }

  #forgetOldest(): void {
    const oldest = this.#values.keys().next();
    if (!oldest.done) this.#values.delete(oldest.value);
  }
}
