/** In which order commands on one plugin are carried out: one after another, except that a stop goes at once. */
import { Injectable } from '@nestjs/common';
import type { PluginRuntime } from '../orchestration/plugin-runtime.js';

/** The commands of one plugin that wait for each other. */
interface Queue {
  last: Promise<unknown>;
  /** Goes up with each stop: a command that was given before a stop is not carried out after it. */
  stops: number;
}

@Injectable()
export class CommandQueues {
  readonly #queues = new Map<PluginRuntime, Queue>();
  readonly #underWay = new Set<Promise<unknown>>();
  #isClosed = false;

  /** True once every command is refused. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The server is stopping. */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves when every command that was given has ended. To be called after `close`. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  /** The commands that wait for their turn are refused then. */
  cancelWaiting(runtime: PluginRuntime): void {
    this.#queueOf(runtime).stops++;
  }

  /** Begins when the commands before it have ended. @param action gets true if a stop was given in the meantime */
  inTurn<T>(runtime: PluginRuntime, action: (isStopped: boolean) => Promise<T>): Promise<T> {
    const queue = this.#queueOf(runtime);
    const { stops } = queue;
    const result = queue.last.then(() => action(queue.stops !== stops));
    queue.last = result.catch(() => undefined);
    return this.track(result);
  }

  /** Begins when the commands on all these plugins have ended; those that are given in the meantime wait for it. */
  inTurnOfAll<T>(runtimes: readonly PluginRuntime[], action: () => Promise<T>): Promise<T> {
    const queues = runtimes.map((runtime) => this.#queueOf(runtime));
    const result = Promise.all(queues.map(({ last }) => last)).then(action);
    for (const queue of queues) queue.last = result.catch(() => undefined);
    return this.track(result);
  }

  /** For plugins that have gone. */
  forget(runtimes: readonly PluginRuntime[]): void {
    for (const runtime of runtimes) this.#queues.delete(runtime);
  }

  /** Has `ended` wait for a command. @returns the same */
  track<T>(command: Promise<T>): Promise<T> {
    const ended = command.catch(() => undefined).finally(() => this.#underWay.delete(ended));
    this.#underWay.add(ended);
    return command;
  }

  #queueOf(runtime: PluginRuntime): Queue {
    const queue = this.#queues.get(runtime) ?? { last: Promise.resolve(), stops: 0 };
    this.#queues.set(runtime, queue);
    return queue;
  }
}
