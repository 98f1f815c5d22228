/** What one start or stop of a plugin is waiting for, in words: the class and hook, or the provider, and for how long. */
import type { Clock } from '../../common/index.js';
import { seconds } from '../lifecycle.errors.js';
import type { Phase, PluginInstance } from './plugin-instance.js';

interface Culprit {
  readonly what: string;
  readonly sinceMs: number;
}

/** A module may have hundreds of providers, and a message must stay readable. */
const MAX_CULPRITS = 5;

export class PluginProgress {
  #phase: Phase = { kind: 'other', what: 'its turn' };
  #sinceMs: number;

  constructor(
    private readonly instance: PluginInstance,
    private readonly clock: Clock,
  ) {
    this.#sinceMs = clock.monotonicMs();
  }

  enter(phase: Phase): void {
    this.#phase = phase;
    this.#sinceMs = this.clock.monotonicMs();
  }

  /** What it is waiting for, each with its time: `onModuleInit of Pool in PoolModule, 1.5 s`. */
  blame(): string {
    const nowMs = this.clock.monotonicMs();
    return listed(
      this.#culprits().map(({ what, sinceMs }) => `${what}, ${seconds(nowMs - sinceMs)}`),
      '; ',
    );
  }

  /** As `blame`, without the times. */
  culprits(): string {
    return listed(
      this.#culprits().map(({ what }) => what),
      ', ',
    );
  }

  #culprits(): Culprit[] {
    const found = this.#pending();
    return found.length > 0 ? found : [{ what: general(this.#phase), sinceMs: this.#sinceMs }];
  }

  #pending(): Culprit[] {
    switch (this.#phase.kind) {
      case 'providers':
        return this.instance.pendingProviders().map((what) => ({ what, sinceMs: this.#sinceMs }));
      case 'hook':
        return this.instance.pendingHooks(this.#phase.hook).map(({ what, sinceMs }) => ({ what, sinceMs }));
      case 'other':
        return [];
    }
  }
}

function general(phase: Phase): string {
  switch (phase.kind) {
    case 'providers':
      return 'the constructors and factories of its providers';
    case 'hook':
      return phase.hook;
    case 'other':
      return phase.what;
  }
}

function listed(texts: readonly string[], separator: string): string {
  const shown = texts.slice(0, MAX_CULPRITS).join(separator);
  return texts.length > MAX_CULPRITS ? `${shown} and ${texts.length - MAX_CULPRITS} more` : shown;
}
