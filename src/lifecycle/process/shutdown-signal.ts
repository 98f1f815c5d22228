/**
 * The signal that ends the application, known before the first hook. Nest passes it to hooks only after every `onModuleDestroy`, but the host runs
 * all hooks of all plugins in its own `onModuleDestroy`.
 */
import { Injectable } from '@nestjs/common';
import { ModuleRef, NestApplicationContext } from '@nestjs/core';

/** Internals of Nest: the container of a module or an application, and the one method that each shutdown goes through. */
interface Contained {
  readonly container: object;
}

interface Ending extends Contained {
  runShutdownSequence: (this: Ending, signal?: string) => Promise<void>;
}

/** By the container of the application. */
const SIGNALS = new WeakMap<object, ShutdownSignal>();

let isWatching = false;

@Injectable()
export class ShutdownSignal {
  #name: string | undefined;

  constructor(moduleRef: ModuleRef) {
    watchShutdowns();
    SIGNALS.set((moduleRef as unknown as Contained).container, this);
  }

  /** Such as `SIGTERM`; `undefined` before the end of the application, and if it ends without a signal. */
  get name(): string | undefined {
    return this.#name;
  }

  /** To be called before the first hook runs. */
  received(name: string | undefined): void {
    this.#name = name;
  }
}

/** Both `close(signal)` and the listeners of `enableShutdownHooks` go through this method, once for each end of an application. */
function watchShutdowns(): void {
  if (isWatching) return;
  isWatching = true;
  const prototype = NestApplicationContext.prototype as unknown as Ending;
  const { runShutdownSequence } = prototype;
  prototype.runShutdownSequence = function (signal) {
    SIGNALS.get(this.container)?.received(signal);
    return runShutdownSequence.call(this, signal);
  };
}
