/** The operations through a running server. Each is one request on the control channel. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import {
  EventOperations,
  type DeadLetter,
  type DeadLetterChoice,
  type DeadLetterList,
  type DeadLetterOutcome,
  type DeadLetterQuery,
  type EventDetails,
  type EventHead,
  type EventPage,
  type EventQuery,
  type FollowQuery,
  type ParkedChoice,
  type ParkedList,
  type ParkedQuery,
  type ReplayPlan,
  type ReplayQuery,
  type SkipChoice,
} from '../events/index.js';
import {
  JSON_TYPE,
  PATH_PREFIX,
  type ControlCommand,
  type GivenAnswer,
  type RefusedAnswer,
} from './control-protocol.js';
import type { ControlSocket } from './control-socket.js';
import { ControlChannelError, ControlRefusedError } from './management.errors.js';

export class SocketEventOperations extends EventOperations implements Disposable {
  readonly isLive = true;

  constructor(
    private readonly socket: ControlSocket,
    private readonly address: string,
  ) {
    super();
  }

  /** Rejects with the error of the system when nobody takes a connection. */
  async reach(): Promise<void> {
    const probe = connect(this.address);
    try {
      await once(probe, 'connect');
    } finally {
      probe.destroy();
    }
  }

  listEvents(query: EventQuery): Promise<EventPage> {
    return this.#ask('listEvents', query);
  }

  showEvent(id: string): Promise<EventDetails> {
    return this.#ask('showEvent', { id });
  }

  async *followEvents(query: FollowQuery, signal: AbortSignal): AsyncGenerator<EventHead> {
    try {
      const response = await this.#post('followEvents', query, signal);
      if (response.statusCode !== 200) throw refused(await textOf(response));
      // The server of the same version has written them.
      for await (const line of linesOf(response)) yield JSON.parse(line) as EventHead;
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof ControlRefusedError ? error : ControlChannelError.broken(error);
    }
  }

  planReplay(query: ReplayQuery): Promise<ReplayPlan> {
    return this.#ask('planReplay', query);
  }

  replay(query: ReplayQuery): Promise<ReplayPlan> {
    return this.#ask('replay', query);
  }

  listParked(query: ParkedQuery): Promise<ParkedList> {
    return this.#ask('listParked', query);
  }

  countParked(choice: ParkedChoice): Promise<number> {
    return this.#ask('countParked', choice);
  }

  skipParked(choice: SkipChoice): Promise<number> {
    return this.#ask('skipParked', choice);
  }

  listDeadLetters(query: DeadLetterQuery): Promise<DeadLetterList> {
    return this.#ask('listDeadLetters', query);
  }

  showDeadLetters(choice: DeadLetterChoice): Promise<readonly DeadLetter[]> {
    return this.#ask('showDeadLetters', choice);
  }

  countDeadLetters(choice: DeadLetterChoice): Promise<number> {
    return this.#ask('countDeadLetters', choice);
  }

  retryDeadLetters(choice: DeadLetterChoice): Promise<DeadLetterOutcome> {
    return this.#ask('retryDeadLetters', choice);
  }

  dropDeadLetters(choice: DeadLetterChoice): Promise<DeadLetterOutcome> {
    return this.#ask('dropDeadLetters', choice);
  }

  [Symbol.dispose](): void {
    this.socket[Symbol.dispose]();
  }

  /** @throws ControlRefusedError with the server's code, ControlChannelError when there is no answer */
  async #ask<T>(command: ControlCommand, asked: object): Promise<T> {
    let text: string;
    let isGiven: boolean;
    try {
      const response = await this.#post(command, asked);
      isGiven = response.statusCode === 200;
      text = await textOf(response);
    } catch (error) {
      throw ControlChannelError.broken(error);
    }
    if (!isGiven) throw refused(text);
    // The server of the same version has made it of the type that the port names.
    return (JSON.parse(text) as GivenAnswer).result as T;
  }

  async #post(command: ControlCommand | 'followEvents', asked: object, signal?: AbortSignal): Promise<IncomingMessage> {
    const outgoing = request({
      socketPath: this.address,
      path: PATH_PREFIX + command,
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

/** A line may come in several parts. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const part of response as AsyncIterable<string>) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}

function refused(text: string): ControlRefusedError {
  const { error } = JSON.parse(text) as RefusedAnswer;
  return new ControlRefusedError(error);
}
