/** Undocumented collections of the vendor: arrays with a `length()` method, also readable by id (`session.streams[streamId]`). */

export class Collection<Item extends object> implements Iterable<Item> {
  readonly #items = new Map<string, Item>();

  length(): number {
    return this.#items.size;
  }

  get(id: string): Item | undefined {
    return this.#items.get(id);
  }

  find(test: (item: Item) => boolean): Item | undefined {
    return [...this].find(test);
  }

  where(wanted: Partial<Item> | ((item: Item) => boolean)): Item[] {
    const test = typeof wanted === "function" ? wanted : (item: Item) => Object.entries(wanted).every(([name, value]) => item[name as keyof Item] === value);
    return [...this].filter(test);
  }

  forEach(visit: (item: Item) => void): void {
    for (const item of this) visit(item);
  }

  map<Result>(convert: (item: Item) => Result): Result[] {
    return [...this].map(convert);
  }

  [Symbol.iterator](): Iterator<Item> {
    return [...this.#items.values()][Symbol.iterator]();
  }

  /** For the owner. */
  put(id: string, item: Item): void {
    this.#items.set(id, item);
    Object.defineProperty(this, id, { value: item, enumerable: true, configurable: true });
  }

  remove(id: string): void {
    this.#items.delete(id);
    delete (this as Record<string, unknown>)[id];
  }

  clear(): void {
    for (const id of [...this.#items.keys()]) this.remove(id);
  }
}
