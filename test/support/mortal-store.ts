/** A store as a process knows it that is killed: from then on it answers nothing. What is on its way then may be carried out, or not. */
import type { Store } from '../../src/storage/index.js';

export interface MortalStore {
  readonly store: Store;
  readonly kill: () => void;
}

export function mortal(store: Store): MortalStore {
  let isDead = false;
  const never = new Promise<never>(() => undefined);
  const proxy = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        if (isDead) return never;
        try {
          return await Reflect.apply(member, target, args);
        } finally {
          // A finally that never ends keeps the answer back, and an error as well.
          if (isDead) await never;
        }
      };
    },
  });
  return {
    store: proxy,
    kill: () => {
      isDead = true;
    },
  };
}
