/** The shell's end of the control channel: finds the server that has a data directory, and has it carry operations out. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { messageOf } from '../common/index.js';
import { JSON_TYPE, PATH_PREFIX, type GivenAnswer, type RefusedAnswer } from './control-protocol.js';
import { ControlSocket } from './control-socket.js';
import { ControlChannelError, ControlRefusedError } from './management.errors.js';
import type {
  Operation,
  OperationCaller,
  RequestOf,
  RequestShape,
  StreamOperation,
  TargetName,
} from './operations/index.js';

/** No server runs: there is no socket, or a killed server has left it. */
const NO_SERVER = new Set(['ENOENT', 'ENOTDIR', 'ECONNREFUSED']);

export class ControlClient implements OperationCaller, Disposable {
  readonly isLive = true;

  private constructor(
    private readonly socket: ControlSocket,
    private readonly address: string,
  ) {}

  /**
   * @param dataDirectory absolute
   * @returns `undefined` if no server listens there
   * @throws ControlChannelError if one may listen there, and cannot be reached
   */
  static async connect(dataDirectory: string): Promise<ControlClient | undefined> {
    if (process.platform === 'win32') return undefined;
    const socket = new ControlSocket(dataDirectory);
    try {
      const address = socket.address();
      if (address === undefined) return undefined;
      await accepts(address);
      return new ControlClient(socket, address);
    } catch (error) {
      socket[Symbol.dispose]();
      if (NO_SERVER.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error instanceof ControlChannelError
        ? error
        : ControlChannelError.unreachable(socket.path, messageOf(error), error);
    }
  }

  /** @throws ControlRefusedError with the server's code, ControlChannelError if the connection ends without an answer */
  async call<A, S extends RequestShape, T extends TargetName>(
    operation: Operation<A, S, T>,
    asked: RequestOf<S>,
  ): Promise<A> {
    try {
      const response = await this.#post(operation.name, asked);
      const answer = JSON.parse(await text(response)) as GivenAnswer | RefusedAnswer;
      if ('error' in answer) throw new ControlRefusedError(answer.error);
      // The server of the same version has made it in the row of the operation.
      return answer.result as A;
    } catch (error) {
      throw error instanceof ControlRefusedError ? error : ControlChannelError.broken(error);
    }
  }

  /** @throws ControlRefusedError, ControlChannelError if the connection breaks */
  async *follow<I, S extends RequestShape, T extends TargetName>(
    operation: StreamOperation<I, S, T>,
    asked: RequestOf<S>,
    signal: AbortSignal,
  ): AsyncGenerator<I> {
    try {
      const response = await this.#post(operation.name, asked, signal);
      if (response.statusCode !== 200)
        throw new ControlRefusedError((JSON.parse(await text(response)) as RefusedAnswer).error);
      // The server of the same version has written them.
      for await (const line of linesOf(response)) yield JSON.parse(line) as I;
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof ControlRefusedError ? error : ControlChannelError.broken(error);
    }
  }

  [Symbol.dispose](): void {
    this.socket[Symbol.dispose]();
  }

  async #post(name: string, asked: object, signal?: AbortSignal): Promise<IncomingMessage> {
    const outgoing = request({
      socketPath: this.address,
      path: PATH_PREFIX + name,
      method: 'POST',
      agent: false,
      headers: { 'content-type': JSON_TYPE },
      ...(signal && { signal }),
    });
    outgoing.end(JSON.stringify(asked));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return response;
  }
}

/** Rejects with the error of the system if no process accepts connections there. */
async function accepts(address: string): Promise<void> {
  const probe = connect(address);
  try {
    await once(probe, 'connect');
  } finally {
    probe.destroy();
  }
}

/** A line may come in several parts. Not `node:readline`, which also ends lines at characters that JSON leaves unescaped, such as U+2028. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const part of response as AsyncIterable<string>) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
