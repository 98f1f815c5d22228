/** A base class for authors who like one: names for the phases of a plugin's life instead of Nest's hooks. Everything works without it. */
import { Logger, type LoggerService, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { EventContext } from './event-context.js';
import { readManifest } from './manifest.metadata.js';
import type { PluginManifest } from './manifest.js';
import { PluginManifestError } from './plugin.errors.js';

/**
 * Extend it, override what is needed, and call `super` first in `initialize` and last in `cleanup`.
 *
 * @example
 * @Plugin({ name: 'example', version: '1.0.0' })
 * export class ExamplePlugin extends BasePlugin {
 *   @OnEvent(RecordingEnded)
 *   override async handleEvent(event: RecordingEnded, context: EventContext) {}
 * }
 */
export abstract class BasePlugin implements OnModuleInit, OnModuleDestroy, AsyncDisposable {
  readonly #manifest: PluginManifest;
  /** Writes with the plugin's name on every line. */
  protected readonly logger: LoggerService;

  constructor() {
    const manifest = readManifest(new.target);
    if (!manifest) {
      throw new PluginManifestError(new.target.name, [
        { field: '@Plugin', message: 'is missing: a class that extends BasePlugin needs it' },
      ]);
    }
    this.#manifest = manifest;
    this.logger = new Logger(manifest.name);
  }

  get name(): string {
    return this.#manifest.name;
  }

  get version(): string {
    return this.#manifest.version;
  }

  /** Names of the plugins that this one needs. */
  get dependencies(): readonly string[] {
    return Object.keys(this.#manifest.dependencies);
  }

  /** Allocate, connect, load. Throw `PluginNotReadyError` to be tried again. */
  async initialize(): Promise<void> {}

  /** Release what `initialize` took. Also called when `initialize` failed half-way. */
  async cleanup(): Promise<void> {}

  /** Receives the events named by the `@OnEvent` decorators of the overriding method. */
  async handleEvent(_event: object, _context: EventContext): Promise<void> {}

  onModuleInit(): Promise<void> {
    return this.initialize();
  }

  onModuleDestroy(): Promise<void> {
    return this.cleanup();
  }

  /** For tests that build a plugin by hand: `await using plugin = new ExamplePlugin()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.cleanup();
  }
}
