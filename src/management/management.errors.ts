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

  /** A server has the store open, but answers on no socket. */
  static silent(cause: PanottiError): ControlChannelError {
    const [what] = cause.message.split('\n');
    const fix =
      'Run the command on that machine and as its user while the server runs, or stop the server; `--data-dir` names its data directory.';
    return new ControlChannelError(
      'CONTROL_UNREACHABLE',
      `${what} Its control channel does not answer here.`,
      fix,
      cause,
    );
  }

  static broken(cause: unknown): ControlChannelError {
    const fix = 'See whether the server runs, and what its log has about the command; work that was done stays done.';
    return new ControlChannelError(
      'CONTROL_BROKEN',
      'The server ended the connection before the command was done.',
      fix,
      cause,
    );
  }

  static unavailable(path: string, why: string, cause?: unknown): ControlChannelError {
    const fix =
      'Use a data directory on a local disk, with a shorter path, that belongs to the user of the server and to no other server.';
    return new ControlChannelError(
      'CONTROL_UNAVAILABLE',
      `The control channel cannot be opened at ${path}: ${why}.`,
      fix,
      cause,
    );
  }
}

/** This version of the server cannot carry out the request. */
export class ControlRequestError extends PanottiError {
  constructor(problem: string) {
    super({
      code: 'CONTROL_REQUEST_INVALID',
      message: `The server does not understand the command: ${problem}.`,
      fix: 'Use the `panotti` command of the version that runs.',
    });
  }
}

/** An error that a running server has answered, with the server's own code. */
export class ControlRefusedError extends PanottiError {}
