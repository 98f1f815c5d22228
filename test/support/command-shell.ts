/**
 * Many command lines of the built `panotti` in one process, because a start takes longer than most commands. What a process of its own does
 * around a command, such as signals and pipes that close, is not in here: it is tested with a process for each command.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Ran } from './run-command.js';

export interface CommandLine {
  /** What follows the name of the command. */
  readonly args: readonly string[];
  /** The whole standard input. */
  readonly input: string;
  /** Whether a person reads the standard error. */
  readonly isInteractive: boolean;
}

const CHILD = join(import.meta.dirname, 'command-shell.child.ts');

export class CommandShell implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  #last: Promise<unknown> = Promise.resolve();

  /** @param environment what all its commands find beside the environment of the test */
  constructor(environment: Readonly<Record<string, string>>) {
    this.#child = fork(CHILD, { env: { ...process.env, ...environment }, execArgv: [] });
    this.#exit = once(this.#child, 'exit');
  }

  /** Begins when the commands that were given before have ended. */
  run(args: readonly string[], { input = '', isInteractive = false }: Partial<CommandLine> = {}): Promise<Ran> {
    const ran = this.#last.then(() => this.#carryOut({ args, input, isInteractive }));
    this.#last = ran.catch(() => undefined);
    return ran;
  }

  async #carryOut(line: CommandLine): Promise<Ran> {
    const answered = once(this.#child, 'message') as Promise<[Ran]>;
    this.#child.send(line);
    const ended = this.#exit.then(() => {
      throw new Error(`The process of the commands ended at: panotti ${line.args.join(' ')}`);
    });
    const [ran] = await Promise.race([answered, ended]);
    return ran;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
