/**
 * Warns before the JavaScript heap is full: V8 ends the process then, without a word and without an exit code of its own choice. Looks with each
 * heartbeat of the watchdog and on top of code that blocks. From some fill on, V8 samples what is allocated, so that a warning names who holds it.
 */
import { Injectable, Logger } from '@nestjs/common';
import { activeContextStorage } from '../context/active-context.js';
import { PluginFiles } from '../context/plugin-files.js';
import { AllocationSampling, type Growth } from './allocation-sampling.js';
import { type HeapFill, heapFill } from './heap-fill.js';
import { HeapLevels } from './heap-levels.js';

const PER_CENT = 100;
const BYTES_PER_MB = 1_000_000;

@Injectable()
export class HeapWatch {
  readonly #logger = new Logger('HeapWatch');
  readonly #levels = new HeapLevels();
  readonly #sampling: AllocationSampling;

  constructor(pluginFiles: PluginFiles) {
    this.#sampling = new AllocationSampling(pluginFiles);
  }

  look(fill: HeapFill = heapFill()): void {
    const advice = this.#levels.check(fill.usedBytes / fill.limitBytes);
    // Whatever code happens to run at this moment, the line is not about it.
    if (advice.warn) activeContextStorage.exit(() => this.#logger.warn(warning(fill, this.#sampling.growth())));
    if (advice.sample && !this.#sampling.isRunning) this.#sampling.start();
    if (!advice.sample && this.#sampling.isRunning) this.#sampling.stop();
  }

  stop(): void {
    this.#sampling.stop();
  }
}

/** One line, with what can be done. */
export function warning({ usedBytes, limitBytes }: HeapFill, growth: readonly Growth[]): string {
  const percent = Math.floor((usedBytes / limitBytes) * PER_CENT);
  const [used, limit] = [usedBytes, limitBytes].map((bytes) => `${Math.round(bytes / BYTES_PER_MB)} MB`);
  const grown = growth.map(({ name, bytes }) => `${name} ${Math.round(bytes / BYTES_PER_MB)} MB`).join(', ');
  const who =
    grown === '' ? 'What has grown is not known.' : `Most of what was allocated lately, and is still held: ${grown}.`;
  const fix =
    'When it is full, the process is aborted (exit code 134). Disable the plugin that grows, or raise --max-old-space-size.';
  return `The heap is ${percent} % full: ${used} of ${limit}. ${who} ${fix}`;
}
