/**
 * Listeners of the process and its streams that stay, whatever plugins remove: without those for signals the next SIGTERM would kill the
 * process, and without Node's own, which turn listeners into handlers of signals, none could be added any more.
 */
import type { EventEmitter } from 'node:events';
import { type Clock, type ClockTimer } from '../../common/index.js';
import { activeContext } from '../context/active-context.js';

type Listener = (...args: unknown[]) => void;
type RemovalMethods = Pick<EventEmitter, 'removeListener' | 'off' | 'removeAllListeners'>;

/** @param plugin `undefined` where it is not known who it was */
export type OnRemoval = (plugin: string | undefined, what: string) => void;

/** How often it is looked whether listeners were removed in a way that shows no call. */
const LOOK_MS = 500;

/** These turn listeners into handlers of signals, and must be there before others are added. */
const FIRST: readonly (string | symbol)[] = ['removeListener', 'newListener'];

export class KeptListeners implements Disposable {
  readonly #kept = new Map<EventEmitter, Map<string | symbol, Set<Listener>>>();
  readonly #wraps = new DisposableStack();
  #timer: ClockTimer | undefined;

  /**
   * @param against   `plugins`: whatever is removed outside of a plugin is gone
   * @param onRemoval called after the listeners are back
   */
  constructor(
    private readonly clock: Clock,
    private readonly against: 'plugins' | 'everybody',
    private readonly onRemoval: OnRemoval,
  ) {}

  /** Keeps what listens to these emitters already, from now on. */
  keepAll(...emitters: readonly EventEmitter[]): void {
    for (const emitter of emitters) {
      for (const event of emitter.eventNames()) {
        // One that listens once goes by itself.
        const lasting = (emitter.rawListeners(event) as Listener[]).filter((listener) => !('listener' in listener));
        for (const listener of lasting) this.#keep(emitter, event, listener);
      }
    }
    if (this.against === 'everybody') this.#timer ??= this.#lookLater();
  }

  /** Adds a listener and keeps it. Disposing removes it. */
  on(emitter: EventEmitter, event: string, listener: Listener): Disposable {
    emitter.on(event, listener);
    this.#keep(emitter, event, listener);
    return {
      [Symbol.dispose]: () => {
        this.#kept.get(emitter)?.get(event)?.delete(listener);
        emitter.off(event, listener);
      },
    };
  }

  /** Takes away all that listens to an event, also what is not kept. Disposing puts it back. */
  suspend(emitter: EventEmitter, event: string): Disposable {
    const listeners = emitter.rawListeners(event) as Listener[];
    const kept = this.#kept.get(emitter)?.get(event);
    this.#kept.get(emitter)?.delete(event);
    for (const listener of listeners) emitter.off(event, listener);
    return {
      [Symbol.dispose]: () => {
        for (const listener of listeners) emitter.on(event, listener);
        if (kept) this.#kept.get(emitter)?.set(event, kept);
      },
    };
  }

  /** Nothing is kept any more; what listens goes on listening. */
  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#wraps.dispose();
    this.#kept.clear();
  }

  #keep(emitter: EventEmitter, event: string | symbol, listener: Listener): void {
    let events = this.#kept.get(emitter);
    if (!events) {
      this.#kept.set(emitter, (events = new Map()));
      this.#wraps.use(this.#wrap(emitter));
    }
    const listeners = events.get(event);
    if (listeners) listeners.add(listener);
    else events.set(event, new Set([listener]));
  }

  /** The methods of this one emitter; those of its prototype are everybody's. */
  #wrap(emitter: EventEmitter): Disposable {
    const { removeListener, removeAllListeners } = emitter;
    const remove = (event: string | symbol, listener: Listener): EventEmitter => {
      if (!this.#isAllowed() && this.#isKept(emitter, event, listener))
        this.#removed(`${nameOf(emitter)}.removeListener(${text(event)})`);
      else this.#forget(emitter, event, listener, removeListener);
      return emitter;
    };
    const methods = {
      removeListener: remove,
      off: remove,
      removeAllListeners: (...given: [event?: string | symbol]) => {
        const events = given[0] === undefined ? emitter.eventNames() : [given[0]];
        const isKept = events.map((event) => this.#removeOthers(emitter, event, removeListener));
        if (isKept.includes(true))
          this.#removed(`${nameOf(emitter)}.removeAllListeners(${given[0] === undefined ? '' : text(given[0])})`);
        return emitter;
      },
    } as RemovalMethods;
    Object.assign(emitter, methods);
    return {
      [Symbol.dispose]: () => {
        // What another has put over it stays.
        if (emitter.removeAllListeners !== methods.removeAllListeners) return;
        Object.assign(emitter, { removeListener, off: removeListener, removeAllListeners });
      },
    };
  }

  /** @returns whether some of them are kept */
  #removeOthers(
    emitter: EventEmitter,
    event: string | symbol,
    removeListener: EventEmitter['removeListener'],
  ): boolean {
    let isKept = false;
    for (const listener of emitter.rawListeners(event) as Listener[]) {
      if (!this.#isAllowed() && this.#isKept(emitter, event, listener)) isKept = true;
      else this.#forget(emitter, event, listener, removeListener);
    }
    return isKept;
  }

  #isAllowed(): boolean {
    return this.against === 'plugins' && activeContext()?.plugin === undefined;
  }

  #forget(
    emitter: EventEmitter,
    event: string | symbol,
    listener: Listener,
    removeListener: EventEmitter['removeListener'],
  ): void {
    this.#kept.get(emitter)?.get(event)?.delete(listener);
    removeListener.call(emitter, event, listener);
  }

  #isKept(emitter: EventEmitter, event: string | symbol, listener: Listener): boolean {
    const kept = this.#kept.get(emitter)?.get(event);
    return kept?.has(listener) === true;
  }

  #removed(what: string): void {
    this.onRemoval(activeContext()?.plugin, what);
  }

  #lookLater(): ClockTimer {
    return this.clock.after(
      LOOK_MS,
      () => {
        this.putBack();
        this.#timer = this.#lookLater();
      },
      { background: true },
    );
  }

  /** Adds what has gone missing all the same, by methods of the prototype or worse. */
  putBack(): void {
    for (const [emitter, events] of this.#kept) {
      const missing = [...events].filter(([event, listeners]) =>
        [...listeners].some((one) => !emitter.rawListeners(event).includes(one)),
      );
      missing.sort(([a], [b]) => FIRST.indexOf(b) - FIRST.indexOf(a));
      for (const [event, listeners] of missing) {
        for (const listener of listeners)
          if (!emitter.rawListeners(event).includes(listener)) emitter.on(event, listener);
      }
      if (missing.length > 0)
        this.onRemoval(
          undefined,
          `${nameOf(emitter)} has lost listeners for ${missing.map(([event]) => text(event)).join(', ')}`,
        );
    }
  }
}

function nameOf(emitter: EventEmitter): string {
  if (emitter === process) return 'process';
  return emitter === process.stdout ? 'process.stdout' : 'process.stderr';
}

function text(event: string | symbol): string {
  return JSON.stringify(String(event));
}
