/** A resource: a file that is open for as long as the plugin runs. */
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { JoinedSignal, PluginContext } from 'panotti';
import { ExampleConfig } from './example.config.js';

const RETRY_AFTER_MS = 100;

@Injectable()
export class Journal {
  #file: FileHandle | undefined;

  constructor(
    private readonly config: ExampleConfig,
    private readonly context: PluginContext,
  ) {}

  /** `context.use` hands the file over to the host, which closes it when the plugin stops, and also when its start fails half-way. */
  async open(): Promise<void> {
    this.#file = this.context.use(await open(join(this.context.dataDirectory, 'journal.log'), 'a', 0o600));
  }

  /** Adds a line, with the retries and within the time of the configuration. */
  async write(line: string): Promise<void> {
    using joined = new JoinedSignal(this.context.signal, AbortSignal.timeout(this.config.timeout * 1_000));
    for (let failures = 1; ; failures++) {
      try {
        await this.#file?.appendFile(`${line.replaceAll('\n', ' ')}\n`);
        return;
      } catch (error) {
        if (failures > this.config.retryCount) throw error;
        await sleep(RETRY_AFTER_MS, undefined, { signal: joined.signal });
      }
    }
  }
}
