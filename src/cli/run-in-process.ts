/** Carries out a command in the process that was started for it: handles its streams and its exit code, and what imported plugins do to both. */
import { messageOf } from '../common/index.js';
import { processEnvironment } from '../config/index.js';
import { ImportWatch, leftOutImports, printableText, SHIPPED_PLUGINS, startAgainWithout } from '../host/index.js';
import {
  keepUncaughtExceptions,
  keepWorkingDirectory,
  WatchdogThread,
  watchEndingCalls,
  WayOut,
} from '../telemetry/index.js';
import type { ParsedCommand } from './command/command.js';
import { ExitCode } from './command/exit-code.js';
import { ProcessSecretInput } from './command/process-secret-input.js';
import { carryOut } from './run-cli.js';
import type { Terminal } from './command/surroundings.js';

/** Carries out a command and ends the process, which timers and sockets of imported plugins might keep alive. */
export async function runInProcess(parsed: ParsedCommand): Promise<void> {
  const { stdin, stdout, stderr } = process;
  if (process.report) process.report.excludeEnv = true;
  const write = takeOver(stdout, stderr);
  const terminal: Terminal = {
    out: (text) => void write(text),
    err: (text) => void stderr.write(text),
    isInteractive: stderr.isTTY,
  };
  const thread = new WatchdogThread();
  const say = (message: string): void => terminal.err(`panotti: ${message}\n`);
  const wayOut = new WayOut({ thread, say });
  const end = (code: ExitCode): never => wayOut.end(code);
  const leftOut = leftOutImports();
  const environment = processEnvironment();
  const imports = new ImportWatch({
    thread,
    blockedBefore: leftOut,
    giveUp: (message) => say(`${message} The command starts again without it.`),
    startAgain: (blocked) => {
      startAgainWithout([...leftOut, blocked], environment);
      wayOut.now(ExitCode.software);
    },
  });
  watchEndingCalls((call) => {
    wayOut.keepCode();
    imports.refuse(call);
  });
  keepWorkingDirectory(() => undefined);
  keepUncaughtExceptions(() => undefined);
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'EPIPE' ? ExitCode.success : ExitCode.inputOutput),
    );
  }
  process.on('uncaughtException', (error) => {
    terminal.err(
      `panotti: work that a plugin started during its import has failed: ${printableText(messageOf(error))}\n`,
    );
    end(ExitCode.software);
  });
  process.once('exit', () => {
    if (wayOut.isTaken) return;
    say(`plugin "${imports.current ?? '(unknown)'}" ended the process while it was imported.`);
    process.exitCode = ExitCode.software;
  });
  const surroundings = {
    terminal,
    input: new ProcessSecretInput(stdin, stderr),
    environment,
    imports,
    shipped: SHIPPED_PLUGINS,
    interruption,
  };
  const code = await carryOut(parsed, surroundings);
  await new Promise<void>((resolve) => write('', () => resolve()));
  end(code);
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

/** Keeps `stdout` for results: what plugins print while they are imported goes to `stderr`. Returns the function that writes results. */
function takeOver(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
): (text: string, done?: () => void) => boolean {
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  return (text, done) => write(text, () => done?.());
}
