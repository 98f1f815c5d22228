/** Runs one command without a shell and gives back what it printed. Nothing of it survives its deadline. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { kill } from 'node:process';
import { onAbort } from 'panotti';

export interface CommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  /** The command is ended when it prints more. */
  readonly maxOutputBytes: number;
  /** How long it may take to end when it is asked to (SIGTERM) before it is made to (SIGKILL). */
  readonly graceMs: number;
  readonly signal: AbortSignal;
}

/** The command could not be run, failed, printed too much or was ended. The message ends with the last lines that it wrote to stderr. */
export class CommandError extends Error {
  constructor(
    readonly command: string,
    what: string,
    readonly stderr: string,
    options?: ErrorOptions,
  ) {
    super(`The command "${command}" ${what}.${stderr === '' ? '' : ` It wrote: ${stderr}`}`, options);
    this.name = 'CommandError';
  }
}

const STDERR_BYTES = 2_000;

/**
 * Resolves with what the command wrote to stdout once it has ended with exit code 0.
 *
 * @throws CommandError
 */
export async function runCommand(options: CommandOptions): Promise<string> {
  const { command, args, signal } = options;
  if (signal.aborted)
    throw new CommandError(command, 'was not started, because its work was cancelled', '', { cause: signal.reason });
  // A process group of its own: a command that is a script is ended with all that it started, and Ctrl-C reaches it through us only.
  const child = spawn(command, args, { shell: false, detached: true, windowsHide: true });
  child.stdin.on('error', () => undefined).end();
  return new RunningCommand(child, options).result();
}

class RunningCommand {
  readonly #stdout: Buffer[] = [];
  #stdoutBytes = 0;
  #stderr = '';
  /** Why it was ended before its time. */
  #ended: { readonly what: string; readonly cause?: unknown } | undefined;

  constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly options: CommandOptions,
  ) {}

  async result(): Promise<string> {
    const { command, timeoutMs, signal } = this.options;
    const timer = setTimeout(() => this.#end({ what: `did not end within ${timeoutMs / 1_000} s` }), timeoutMs);
    const listening = onAbort(signal, () => this.#end({ what: 'was cancelled', cause: signal.reason }));
    try {
      const outcome = await this.#closed();
      const failure = this.#ended ?? failureOf(outcome);
      if (failure) throw new CommandError(command, failure.what, this.#stderr.trim(), { cause: failure.cause });
      return Buffer.concat(this.#stdout).toString('utf8');
    } finally {
      clearTimeout(timer);
      listening[Symbol.dispose]();
    }
  }

  #closed(): Promise<Outcome> {
    this.child.stdout.on('data', (piece: Buffer) => this.#take(piece));
    this.child.stderr.on('data', (piece: Buffer) => {
      this.#stderr = (this.#stderr + piece.toString('utf8')).slice(-STDERR_BYTES);
    });
    return new Promise((resolve) => {
      this.child.once('error', (cause) => resolve({ cause }));
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  #take(piece: Buffer): void {
    const { maxOutputBytes } = this.options;
    this.#stdoutBytes += piece.length;
    if (this.#stdoutBytes > maxOutputBytes) this.#end({ what: `printed more than ${maxOutputBytes} bytes` });
    else this.#stdout.push(piece);
  }

  #end(reason: { what: string; cause?: unknown }): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), this.options.graceMs);
    this.child.once('close', () => clearTimeout(timer));
  }

  #signal(name: NodeJS.Signals): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      kill(-pid, name);
    } catch {
      // The group has ended already.
    }
  }
}

type Outcome = { readonly cause: unknown } | { readonly code: number | null; readonly signal: NodeJS.Signals | null };

function failureOf(outcome: Outcome): { what: string; cause?: unknown } | undefined {
  if ('cause' in outcome) return { what: 'could not be started', cause: outcome.cause };
  if (outcome.code === 0) return undefined;
  return { what: outcome.signal ? `was ended by ${outcome.signal}` : `failed with exit code ${outcome.code}` };
}
