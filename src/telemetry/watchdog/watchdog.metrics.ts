/** Counts how often and for how long each plugin blocked the event loop. */
import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';

@Injectable()
export class WatchdogMetrics {
  readonly #blocks: Counter<'plugin'>;
  readonly #seconds: Counter<'plugin'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#blocks = new Counter({
      name: 'panotti_event_loop_blocked_total',
      help: 'How often a plugin blocked the event loop for longer than the threshold; without one, it was the host or is unknown.',
      labelNames: ['plugin'],
      registers,
    });
    this.#seconds = new Counter({
      name: 'panotti_event_loop_blocked_seconds_total',
      help: 'For how long a plugin blocked the event loop, counting only times longer than the threshold.',
      labelNames: ['plugin'],
      registers,
    });
  }

  blocked(plugin: string | undefined, durationMs: number): void {
    this.#blocks.inc({ plugin: plugin ?? '' });
    this.#seconds.inc({ plugin: plugin ?? '' }, durationMs / 1000);
  }
}
