/** Reads a secret from the standard input: everything from a pipe or a file, or one line from a keyboard, which is not shown. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { SecretInput } from './surroundings.js';

/** Longer than any secret, shorter than most files that are piped by mistake. */
const LONGEST_BYTES = 64 * 1024;

export class ProcessSecretInput implements SecretInput {
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WritableStream;

  /** @param output takes the prompt; not the stream of the results, so that those can be redirected */
  constructor(input: NodeJS.ReadStream, output: NodeJS.WritableStream) {
    this.#input = input;
    this.#output = output;
  }

  get isInteractive(): boolean {
    return this.#input.isTTY === true;
  }

  read(prompt: string): Promise<string | undefined> {
    return this.isInteractive ? this.#line(prompt) : this.#everything();
  }

  /** readline turns the echo of the terminal off and would echo itself, so its output is discarded. */
  #line(prompt: string): Promise<string | undefined> {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: this.#input, output: nowhere, terminal: true, historySize: 0 });
    this.#output.write(prompt);
    return new Promise((resolve) => {
      const end = (line: string | undefined): void => {
        // Before closing, which resolves it with `undefined`.
        resolve(line);
        lines.close();
        this.#output.write('\n');
      };
      lines.once('line', end);
      // Control-C and Control-D.
      lines.once('SIGINT', () => end(undefined));
      lines.once('close', () => resolve(undefined));
    });
  }

  async #everything(): Promise<string | undefined> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.#input) {
      const bytes = Buffer.from(chunk as Uint8Array);
      length += bytes.length;
      if (length > LONGEST_BYTES) return undefined;
      chunks.push(bytes);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    } catch {
      return undefined;
    }
  }
}
