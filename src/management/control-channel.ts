/** The server's end of the control channel: HTTP on a socket in the data directory, one request for each command. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Logger } from '@nestjs/common';
import { JoinedSignal, jsonShapeProblem, messageOf, PanottiError, type Clock } from '../common/index.js';
import type { EventHead, EventOperations } from '../events/index.js';
import { printableText } from '../host/index.js';
import {
  JSON_TYPE,
  LINES_TYPE,
  MAX_REQUEST_BYTES,
  PATH_PREFIX,
  type GivenAnswer,
  type RefusedAnswer,
} from './control-protocol.js';
import { COMMANDS, FollowRequest, requestOf } from './control-requests.js';
import type { ControlSocket } from './control-socket.js';
import { ControlChannelError, ControlRequestError } from './management.errors.js';

/** How long a command that is under way may go on when the server stops, in milliseconds. */
const CLOSE_MS = 2_000;
const LONGEST_LOGGED = 500;
/** Requests are flat; what is deeper costs more to look at than it can be worth. */
const LIMITS = { maxDepth: 8, maxKeys: 1_000 };

export class ControlChannel {
  readonly #server: Server;
  readonly #over = new AbortController();
  readonly #logger = new Logger('Control');

  private constructor(
    private readonly socket: ControlSocket,
    private readonly operations: EventOperations,
    private readonly clock: Clock,
  ) {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /**
   * Takes the place of a socket that a killed server has left.
   *
   * @throws ControlChannelError when there can be none, or when another server has it
   */
  static async open(socket: ControlSocket, operations: EventOperations, clock: Clock): Promise<ControlChannel> {
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

  /** Ends what is followed at once, and commands that are under way after two seconds. */
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
    const startedMs = this.clock.monotonicMs();
    const command = commandOf(request);
    let asked: unknown;
    try {
      asked = await bodyOf(request);
      if (command === 'followEvents') return await this.#follow(asked, response);
      const entry = Object.hasOwn(COMMANDS, command) ? COMMANDS[command as keyof typeof COMMANDS] : undefined;
      if (!entry) throw new ControlRequestError(`it has no command ${JSON.stringify(command.slice(0, 40))}`);
      const result = await entry.run(this.operations, asked);
      this.#log(
        command,
        asked,
        `${entry.changes ? `done, ${JSON.stringify(result)}` : 'answered'} in ${this.#since(startedMs)} ms`,
      );
      send(response, 200, { result });
    } catch (error) {
      this.#log(command, asked, `refused: ${error instanceof PanottiError ? error.code : messageOf(error)}`);
      if (!response.headersSent) send(response, 400, refusal(error));
      else response.destroy();
    }
  }

  async #follow(asked: unknown, response: ServerResponse): Promise<void> {
    const query = requestOf(FollowRequest, asked);
    this.#log('followEvents', asked, 'begins');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    response.writeHead(200, { 'content-type': LINES_TYPE });
    response.flushHeaders();
    using joined = new JoinedSignal(gone.signal, this.#over.signal);
    const lines = linesOf(this.operations.followEvents(query, joined.signal));
    await pipeline(Readable.from(lines), response).catch((error: unknown) => {
      // Whoever follows ends it by going away.
      if (!gone.signal.aborted) throw error;
    });
    this.#log('followEvents', asked, 'is over');
  }

  #log(command: string, asked: unknown, outcome: string): void {
    this.#logger.log(
      `${printableText(command, 40)} ${(JSON.stringify(asked) ?? '').slice(0, LONGEST_LOGGED)}: ${outcome}`,
    );
  }

  #since(startedMs: number): number {
    return Math.round(this.clock.monotonicMs() - startedMs);
  }
}

async function* linesOf(events: AsyncIterable<EventHead>): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(event)}\n`;
}

function commandOf({ method, url = '' }: IncomingMessage): string {
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
    throw new ControlRequestError('it is no JSON');
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

/** Whether anybody takes a connection there. */
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
