/** The server's end of the control channel: HTTP on a socket in the data directory, one request for each operation. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Logger } from '@nestjs/common';
import { JoinedSignal, jsonShapeProblem, messageOf, PanottiError, type Clock } from '../common/index.js';
import { printableText } from '../host/index.js';
import {
  JSON_TYPE,
  LINES_TYPE,
  MAX_REQUEST_BYTES,
  PATH_PREFIX,
  type GivenAnswer,
  type RefusedAnswer,
} from './control-protocol.js';
import type { ControlSocket } from './control-socket.js';
import { ControlChannelError, ControlRequestError } from './management.errors.js';
import {
  OPERATIONS,
  type AnyOperation,
  type Operation,
  type OperationCaller,
  type StreamOperation,
} from './operations/index.js';
import { readRequest } from './read-request.js';

/** How long a running operation may go on when the server stops, in milliseconds. */
const CLOSE_MS = 2_000;
const LONGEST_LOGGED = 500;
const LONGEST_NAME = 40;
/** Requests are flat; a deeper one would only cost time. */
const LIMITS = { maxDepth: 8, maxKeys: 1_000 };

const BY_NAME: ReadonlyMap<string, AnyOperation> = new Map(OPERATIONS.map((each) => [each.name, each]));

export class ControlChannel {
  readonly #server: Server;
  readonly #over = new AbortController();
  readonly #logger = new Logger('Control');

  private constructor(
    private readonly socket: ControlSocket,
    private readonly operations: OperationCaller,
    private readonly clock: Clock,
  ) {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /**
   * Replaces a socket that a killed server has left.
   *
   * @throws ControlChannelError if the socket cannot be opened, or if another server listens there
   */
  static async open(socket: ControlSocket, operations: OperationCaller, clock: Clock): Promise<ControlChannel> {
    socket.makeFolder();
    const address = socket.address();
    if (address === undefined) throw ControlChannelError.unavailable(socket.path, 'its folder has vanished');
    const channel = new ControlChannel(socket, operations, clock);
    try {
      await channel.#listen(address);
      socket.restrict();
    } catch (error) {
      channel.#server.close();
      throw error instanceof ControlChannelError
        ? error
        : ControlChannelError.unavailable(socket.path, messageOf(error), error);
    }
    return channel;
  }

  /** Ends streams at once, and running operations after two seconds. */
  async close(): Promise<void> {
    this.#over.abort();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = this.clock.after(CLOSE_MS, () => this.#server.closeAllConnections(), { background: true });
    await closed;
    timer.cancel();
    this.socket[Symbol.dispose]();
  }

  async #listen(address: string): Promise<void> {
    try {
      await listening(this.#server, address);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      if (await isAnswered(address))
        throw ControlChannelError.unavailable(this.socket.path, 'another server listens there');
      this.socket.remove();
      await listening(this.#server, address);
    }
  }

  /** Never rejects. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const name = nameIn(request);
    let asked: unknown;
    try {
      asked = await bodyOf(request);
      const operation = BY_NAME.get(name);
      if (!operation)
        throw new ControlRequestError(`it has no operation ${JSON.stringify(name.slice(0, LONGEST_NAME))}`);
      if (operation.answer === 'many') await this.#stream(operation, asked, response);
      else send(response, 200, { result: await this.#result(operation, asked) });
    } catch (error) {
      this.#log(name, asked, `refused: ${error instanceof PanottiError ? error.code : messageOf(error)}`);
      if (!response.headersSent) send(response, 400, refusal(error));
      else response.destroy();
    }
  }

  async #result(operation: Operation, asked: unknown): Promise<unknown> {
    const startedMs = this.clock.monotonicMs();
    const result = await this.operations.call(operation, readRequest(operation.request, asked));
    const outcome = operation.changes ? `done, ${JSON.stringify(result)}` : 'answered';
    this.#log(operation.name, asked, `${outcome} in ${Math.round(this.clock.monotonicMs() - startedMs)} ms`);
    return result;
  }

  async #stream(operation: StreamOperation, asked: unknown, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    using joined = new JoinedSignal(gone.signal, this.#over.signal);
    const items = this.operations.follow(operation, readRequest(operation.request, asked), joined.signal);
    this.#log(operation.name, asked, 'begins');
    response.writeHead(200, { 'content-type': LINES_TYPE });
    response.flushHeaders();
    await pipeline(Readable.from(linesOf(items)), response).catch((error: unknown) => {
      // A client ends a stream by closing its connection.
      if (!gone.signal.aborted) throw error;
    });
    this.#log(operation.name, asked, 'is over');
  }

  #log(name: string, asked: unknown, outcome: string): void {
    const request = (JSON.stringify(asked) ?? '').slice(0, LONGEST_LOGGED);
    this.#logger.log(`${printableText(name, LONGEST_NAME)} ${request}: ${outcome}`);
  }
}

async function* linesOf(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const item of items) yield `${JSON.stringify(item)}\n`;
}

/** The name of the operation; for a request of another kind its method and path, which name no operation. */
function nameIn({ method, url = '' }: IncomingMessage): string {
  return method === 'POST' && url.startsWith(PATH_PREFIX) ? url.slice(PATH_PREFIX.length) : `${method} ${url}`;
}

/** @throws ControlRequestError */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_REQUEST_BYTES) throw new ControlRequestError(`it has more than ${MAX_REQUEST_BYTES} bytes`);
    parts.push(part);
  }
  const whole = Buffer.concat(parts);
  const problem = jsonShapeProblem(whole, LIMITS);
  if (problem !== undefined) throw new ControlRequestError(`it ${problem}`);
  try {
    return JSON.parse(whole.toString());
  } catch {
    throw new ControlRequestError('it is not valid JSON');
  }
}

function refusal(error: unknown): RefusedAnswer {
  if (!(error instanceof PanottiError)) return { error: { code: '', message: messageOf(error), fix: '' } };
  const { code, message, fix } = error;
  return { error: { code, message: message.slice(0, message.lastIndexOf('\n  Fix: ')), fix } };
}

function send(response: ServerResponse, status: number, answer: GivenAnswer | RefusedAnswer): void {
  response.writeHead(status, { 'content-type': JSON_TYPE, connection: 'close' });
  response.end(JSON.stringify(answer));
}

async function listening(server: Server, address: string): Promise<void> {
  server.listen(address);
  await once(server, 'listening');
}

/** True if a process accepts connections there. */
async function isAnswered(address: string): Promise<boolean> {
  const probe = connect(address);
  try {
    await once(probe, 'connect');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED';
  } finally {
    probe.destroy();
  }
}
