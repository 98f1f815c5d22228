/** How to undo what was done since a mark, newest first: a transaction for plain objects. */

export class UndoLog {
  #undos: (() => void)[] = [];

  get mark(): number {
    return this.#undos.length;
  }

  push(undo: () => void): void {
    this.#undos.push(undo);
  }

  undoTo(mark: number): void {
    while (this.#undos.length > mark) this.#undos.pop()?.();
  }

  clear(): void {
    this.#undos = [];
  }

  /** Sets a key of a map, or removes it with `undefined`. */
  set<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
    const before = map.get(key);
    this.push(() => put(map, key, before));
    put(map, key, value);
  }
}

function put<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
