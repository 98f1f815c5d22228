/**
 * The one place that decides what a request's body may be, and that reads it. A body is refused from the headers alone, ahead of all of it,
 * or is read within the limits of its route; one that nothing asks for is not read.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { BadRequestException, HttpException, Injectable, ServiceUnavailableException } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '../common/index.js';
import { HttpOptions } from './http.options.js';
import type { BodyPolicy, BodyRule } from './bodies/body-policy.js';
import { IncomingBody } from './bodies/incoming-body.js';
import { multipartParts } from './bodies/multipart-parts.js';
import { collect, type JsonParser, parseBody } from './bodies/read-body.js';
import { RECEIVED_BODY, type ReceivedBody } from './bodies/received-body.decorator.js';

/** What was decided about a request, for when its body is read. */
interface Admission {
  readonly rule: BodyRule;
  readonly reply: FastifyReply;
  readonly onBody: (body: IncomingBody) => void;
}

const ADMISSION = Symbol('panotti.admission');

export interface AdmittingRequest extends FastifyRequest {
  [ADMISSION]: Admission | undefined;
  [RECEIVED_BODY]: ReceivedBody | undefined;
  rawBody?: Buffer;
}

/** Methods whose bodies mean nothing: Fastify does not read them. */
const BODYLESS = new Set(['GET', 'HEAD', 'TRACE']);

/** How long a connection is still read from, in milliseconds, after its client was asked to end, or when the server ends. */
const LAST_CONNECTIONS_MS = 1_000;

@Injectable()
export class BodyDoor {
  /** Requests whose rest is seen to already. */
  readonly #watched = new WeakSet<IncomingMessage>();
  /** What lets a client send that asked first. */
  readonly #awaited = new WeakMap<IncomingMessage, () => void>();

  constructor(
    private readonly options: HttpOptions,
    private readonly clock: Clock,
  ) {}

  /** Has all bodies of a scope of Fastify read here; each request is to be shown to `admit` before. */
  install(scope: FastifyInstance): void {
    const { onProtoPoisoning = 'error', onConstructorPoisoning = 'error' } = scope.initialConfig;
    const parseJson = scope.getDefaultJsonParser(onProtoPoisoning, onConstructorPoisoning) as JsonParser;
    // Its type allows names only; any key of a property will do.
    for (const key of [ADMISSION, RECEIVED_BODY] as unknown as string[]) {
      if (!scope.hasRequestDecorator(key)) scope.decorateRequest(key, undefined);
    }
    scope.removeAllContentTypeParsers();
    // The scope has declared what makes it one.
    scope.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) => {
      return this.#read(request as AdmittingRequest, payload, parseJson);
    });
  }

  /**
   * Decides about a request whose route is known, from its headers.
   *
   * @param onBody gets the body that is about to be read
   * @returns why it is refused
   */
  admit(
    request: FastifyRequest,
    reply: FastifyReply,
    policy: BodyPolicy,
    onBody: (body: IncomingBody) => void,
  ): Error | undefined {
    if (hasProtoKey(request.query)) return new BadRequestException('The query must not have the key __proto__.');
    const { headers, rawHeaders } = request.raw;
    const isSent = hasBody(request.raw);
    if (isSent) this.watchRest(request.raw, reply.raw);
    if (BODYLESS.has(request.method) || (!isSent && headers['content-type'] === undefined)) return undefined;
    const decision = policy.decide(headers, rawHeaders);
    if (decision instanceof HttpException) {
      if (decision.getStatus() === 415) reply.header('accept', policy.accepted);
      return decision;
    }
    (request as AdmittingRequest)[ADMISSION] = { rule: decision, reply, onBody };
    return undefined;
  }

  /** Discards what still comes of a body once its request has been answered, for as long as a body may take, and then closes the connection. */
  watchRest(request: IncomingMessage, response: ServerResponse): void {
    if (this.#watched.has(request)) return;
    this.#watched.add(request);
    response.once('close', () => {
      if (request.complete || request.readableEnded || request.destroyed) return;
      request.resume();
      // Not closed at once either way: a connection that is closed with bytes unread takes the answer with it.
      const restMs = isForSlow(response.statusCode) ? LAST_CONNECTIONS_MS : this.options.bodies.timeout * 1_000;
      const timer = this.clock.after(restMs, () => request.destroy(), { background: true });
      const over = (): void => timer.cancel();
      request.once('end', over).once('close', over);
    });
  }

  /**
   * Makes a whole server keep these rules, which is the process's own: no body of a request that no plugin serves is read, headers have a
   * deadline too, a client that asks before it sends is answered first, and connections that are left over end with the server.
   */
  guard(fastify: FastifyInstance): void {
    this.install(fastify);
    fastify.addHook('onRequest', (request, reply, next) => {
      if (hasBody(request.raw)) this.watchRest(request.raw, reply.raw);
      next();
    });
    const server = fastify.server as Server;
    server.headersTimeout = this.options.headersTimeout * 1_000;
    server.on('checkContinue', (request, response) => {
      // After a refusal its body may still come, so the connection cannot be used again.
      const { shouldKeepAlive } = response;
      response.shouldKeepAlive = false;
      this.#awaited.set(request, () => {
        if (response.headersSent) return;
        response.shouldKeepAlive = shouldKeepAlive;
        response.writeContinue();
      });
      server.emit('request', request, response);
    });
    fastify.addHook('preClose', (done) => {
      // A client without a whole request by now only holds its connection: Node stops enforcing its own deadlines from here on.
      this.clock.after(LAST_CONNECTIONS_MS, () => server.closeAllConnections(), { background: true });
      done();
    });
  }

  /** Never rejects, and never settles if the request was answered instead: nothing is to be done with it then. @returns the body */
  async #read(request: AdmittingRequest, source: IncomingMessage, parseJson: JsonParser): Promise<unknown> {
    const admission = request[ADMISSION];
    // Nothing serves it.
    if (!admission) return undefined;
    const { rule, reply, onBody } = admission;
    const body = new IncomingBody({
      source,
      rule,
      clock: this.clock,
      onStart: () => this.#awaited.get(request.raw)?.(),
    });
    body.once('error', (error) => inviteBack(reply.raw, error));
    onBody(body);
    if (rule.kind === 'stream') {
      request[RECEIVED_BODY] = { kind: rule.kind, value: body };
      return undefined;
    }
    if (rule.kind === 'multipart') {
      request[RECEIVED_BODY] = { kind: rule.kind, value: multipartParts(request, body, rule.parts) };
      return undefined;
    }
    try {
      const bytes = await collect(body);
      if (rule.kind === 'bytes') {
        request[RECEIVED_BODY] = { kind: rule.kind, value: bytes };
        return undefined;
      }
      const value = parseBody(bytes, rule, request, parseJson);
      // For signatures, which are over the bytes as they came.
      request.rawBody = bytes;
      return value;
    } catch (error) {
      refuse(reply, error);
      return new Promise(() => undefined);
    }
  }
}

/**
 * Not by an error of the parser: Fastify would close the connection, and a client that still sends would lose the answer.
 */
function refuse(reply: FastifyReply, error: unknown): void {
  if (reply.raw.destroyed) return;
  void reply.send(error);
}

/** A client that was too slow goes on being slow, and one that the stop has cut short need not go on. */
function isForSlow(status: number): boolean {
  return status === 408 || status === 503;
}

function inviteBack(response: ServerResponse, error: unknown): void {
  if (error instanceof ServiceUnavailableException && !response.headersSent) response.setHeader('retry-after', '1');
}

function hasBody({ headers, httpVersionMajor }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = headers['content-length'];
  // HTTP/2 frames bodies without a header.
  return length === undefined ? httpVersionMajor > 1 && headers['content-type'] !== undefined : length !== '0';
}

function hasProtoKey(query: unknown): boolean {
  return typeof query === 'object' && query !== null && Object.hasOwn(query, '__proto__');
}
