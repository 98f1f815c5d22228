/** Puts a function around methods of one object, and takes it away again. The object's class stays as it is. */

type Method = (...values: unknown[]) => unknown;

export class MethodWraps {
  readonly #undone: (() => void)[] = [];

  constructor(private readonly target: object) {}

  /** Calls of `name` go to `around`, with the method that was there before. A name without a method is left alone. */
  wrap(name: string, around: (original: Method, values: unknown[]) => unknown): void {
    const own = Object.getOwnPropertyDescriptor(this.target, name);
    const original: unknown = (this.target as Record<string, unknown>)[name]; // Any object may be read by name.
    if (typeof original !== 'function') return;
    const bound = original.bind(this.target) as Method;
    const value: Method = (...values) => around(bound, values);
    Object.defineProperty(this.target, name, { value, configurable: true, writable: true });
    this.#undone.push(() => this.#restore(name, own));
  }

  /** Makes the object as it was. */
  undo(): void {
    for (const restore of this.#undone.splice(0).toReversed()) restore();
  }

  #restore(name: string, own: PropertyDescriptor | undefined): void {
    if (own) Object.defineProperty(this.target, name, own);
    else delete (this.target as Record<string, unknown>)[name];
  }
}
