/**
 * Notices calls of plugins that end the process which they share with all others: `process.exit`, `reallyExit`, `abort`, and `process.kill` of
 * their own process. Other calls are left alone. The watching side decides what becomes of a call.
 */
import { syncBuiltinESMExports } from 'node:module';
import { activeContext } from '../context/active-context.js';

/** A call of a plugin that is about to be carried out. */
export interface EndingCall {
  readonly plugin: string;
  /** As it would stand in the code: `process.exit(3)`. */
  readonly text: string;
  /** `undefined` where it is a signal. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

/** Throws, or ends the process, where the call must not be carried out; the call is carried out when it returns. */
export type EndingCallPolicy = (call: EndingCall) => void;

/** Signals that end no process, unless it has it so. */
const HARMLESS = new Set<string | number>(['SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH', 'SIGUSR1', 'SIGPIPE', 0]);

/** Node's own methods as they were, so that nothing that plugins do to `process` changes the host's own way out. */
interface EndingMethods {
  exit: typeof process.exit;
  reallyExit: (code?: number) => never;
  abort: typeof process.abort;
  kill: typeof process.kill;
}

/** Node has `reallyExit` without declaring it. */
const methods = process as typeof process & EndingMethods;

/** Disposing puts back what was there. */
export function watchEndingCalls(policy: EndingCallPolicy): Disposable {
  const { exit, reallyExit, abort, kill } = methods;
  const ask = (text: string, details: Partial<EndingCall>): void => {
    const plugin = activeContext()?.plugin;
    if (plugin !== undefined) policy({ plugin, text, code: undefined, signal: undefined, ...details });
  };
  const wrapped: EndingMethods = {
    exit: (code) => {
      ask(`process.exit(${code ?? ''})`, { code: Number(code ?? process.exitCode ?? 0) });
      return exit.call(process, code);
    },
    reallyExit: (code) => {
      ask(`process.reallyExit(${code ?? ''})`, { code: code ?? 0 });
      return reallyExit.call(process, code);
    },
    abort: () => {
      ask('process.abort()', {});
      return abort.call(process);
    },
    kill: (pid, signal = 'SIGTERM') => {
      if (isOwn(pid) && !HARMLESS.has(signal))
        ask(`process.kill(process.pid, ${JSON.stringify(signal)})`, { signal: signal as NodeJS.Signals });
      return kill.call(process, pid, signal);
    },
  };
  Object.assign(methods, wrapped);
  // Also for `import { exit } from 'node:process'`.
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]: () => {
      const original: EndingMethods = { exit, reallyExit, abort, kill };
      for (const name of ['exit', 'reallyExit', 'abort', 'kill'] as const) {
        if (methods[name] === wrapped[name]) Object.assign(methods, { [name]: original[name] });
      }
      syncBuiltinESMExports();
    },
  };
}

/** 0 and negative numbers mean groups of processes, which this one belongs to. */
function isOwn(pid: number): boolean {
  return pid === process.pid || pid === 0 || pid === -process.pid || pid === -1;
}
