/** Errors of the management room. Their codes are listed in docs/errors.md. */
import { PanottiError } from '../common/index.js';

/** The control channel of a server could not be opened, reached, or used to the end. */
export class ControlChannelError extends PanottiError {
  constructor(
    code: 'CONTROL_UNREACHABLE' | 'CONTROL_BROKEN' | 'CONTROL_UNAVAILABLE',
    message: string,
    fix: string,
    cause?: unknown,
  ) {
    super({ code, message, fix, cause });
  }

  /** @param path of the socket */
  static unreachable(path: string, why: string, cause?: unknown): ControlChannelError {
    const fix =
      'Run the command on the machine of the server and as its user; if it is starting or stopping, wait for it.';
    return new ControlChannelError(
      'CONTROL_UNREACHABLE',
      `The server cannot be reached at ${path}: ${why}.`,
      fix,
      cause,
    );
  }

  /** Its store is in use, and no socket is answered. */
  static silent(cause: PanottiError): ControlChannelError {
    const [what] = cause.message.split('\n');
    const fix =
      'Run the command on that machine and as its user while the server runs, or stop the server; `--data-dir` names its data directory.';
    return new ControlChannelError(
      'CONTROL_UNREACHABLE',
      `${what} It has no control channel that answers here.`,
      fix,
      cause,
    );
  }

  static broken(cause: unknown): ControlChannelError {
    const fix = 'Look whether the server runs and what its log says of the command; what was done already stays done.';
    return new ControlChannelError(
      'CONTROL_BROKEN',
      'The server ended the connection before the command was done.',
      fix,
      cause,
    );
  }

  static unavailable(path: string, why: string, cause?: unknown): ControlChannelError {
    const fix =
      'Use a data directory with a shorter path on a local disk that belongs to the user of the server, for one server alone.';
    return new ControlChannelError(
      'CONTROL_UNAVAILABLE',
      `There can be no control channel at ${path}: ${why}.`,
      fix,
      cause,
    );
  }
}

/** The request is none that this version of the server can carry out. */
export class ControlRequestError extends PanottiError {
  constructor(problem: string) {
    super({
      code: 'CONTROL_REQUEST_INVALID',
      message: `The server does not understand the command: ${problem}.`,
      fix: 'Use the `panotti` command of the version that runs.',
    });
  }
}

/** What a running server has answered in the place of a result, with the server's own code. */
export class ControlRefusedError extends PanottiError {}
