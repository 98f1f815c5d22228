/** The parts of a multipart body, read one after the other as the handler asks for them: `@fastify/multipart` below, limits and errors of the host above. */
import { Readable } from 'node:stream';
import { HttpException } from '@nestjs/common';
import type { Multipart, MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { malformed, tooLargePart } from './body-refusals.js';
import type { MultipartLimits } from './accepts-body.metadata.js';
import type { IncomingBody } from './incoming-body.js';

/** A field of a form: a text. */
export interface FieldPart {
  readonly kind: 'field';
  readonly name: string;
  readonly value: string;
}

/** A file of a form. What the handler does not read of it is discarded when it asks for the next part. */
export interface FilePart {
  readonly kind: 'file';
  readonly name: string;
  /** As the client says it, without folders; never use it as a path. */
  readonly filename: string;
  /** As the client says it. */
  readonly type: string;
  /** Fails with an exception of Nest that the handler lets through: 413 where the file is too large, and as a stream of a body does. */
  readonly stream: Readable;
}

export type BodyPart = FieldPart | FilePart;

/** The part of a request that `@fastify/multipart` looks at. */
interface MultipartSource {
  parts(options: object): AsyncIterableIterator<Multipart>;
}

type Refusal = (limits: MultipartLimits) => HttpException;

/** By the codes of `@fastify/multipart`. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  FST_PARTS_LIMIT: ({ maxParts }) => tooLargePart(`has more than ${maxParts} parts`),
  FST_FILES_LIMIT: ({ maxFiles }) => tooLargePart(`has more than ${maxFiles} files`),
  FST_FIELDS_LIMIT: ({ maxFields }) => tooLargePart(`has more than ${maxFields} fields`),
  FST_REQ_FILE_TOO_LARGE: tooLargeFile,
  FST_PROTO_VIOLATION: () => malformed('has a field whose name could change a prototype'),
  FST_INVALID_JSON_FIELD_ERROR: () => malformed('has a field that is not the JSON that it says to be'),
};

function tooLargeFile({ maxFileBytes }: MultipartLimits): HttpException {
  return tooLargePart(`has a file of more than ${maxFileBytes} bytes`);
}

/** Longest name of a field, in bytes. */
const MAX_NAME_BYTES = 200;
const MAX_HEADERS_OF_A_PART = 20;

/**
 * Nothing of a part is kept on the disk, and of a file one buffer in memory. However the loop over it ends, what still comes of the body is
 * discarded.
 *
 * @throws HttpException 400, 408, 413 or 503 in the loop, and in the stream of the file that is being read
 */
export async function* multipartParts(
  request: FastifyRequest,
  body: IncomingBody,
  limits: MultipartLimits,
): AsyncGenerator<BodyPart, void, undefined> {
  let file: FilePart | undefined;
  try {
    for await (const part of partsOf(request, body, limits)) {
      const name: string | undefined = part.fieldname;
      if (name === undefined) throw malformed('has a part without a name');
      if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
        throw tooLargePart(`has a field whose name is longer than ${MAX_NAME_BYTES} bytes`);
      }
      file =
        part.type === 'file' ? filePart(part, limits, (error) => asRefusal(body.errored ?? error, limits)) : undefined;
      yield file ?? fieldPart(part as Exclude<Multipart, MultipartFile>, limits);
      file?.stream.destroy();
    }
    if (body.errored) throw body.errored;
  } catch (error) {
    throw asRefusal(body.errored ?? error, limits);
  } finally {
    body.destroy();
    file?.stream.destroy();
  }
}

/** The plugin asks the request for nothing but its body and its headers, and only of a request that its own parser of bodies has marked. */
function partsOf(
  request: FastifyRequest,
  body: IncomingBody,
  limits: MultipartLimits,
): AsyncIterableIterator<Multipart> {
  const { headers } = request.raw;
  const source = Object.create(request, {
    raw: { value: Object.assign(body, { headers }) },
    isMultipart: { value: () => true },
  }) as unknown as MultipartSource;
  return source.parts({
    throwFileSizeLimit: true,
    limits: {
      parts: limits.maxParts,
      files: limits.maxFiles,
      fileSize: limits.maxFileBytes,
      fields: limits.maxFields,
      fieldSize: limits.maxFieldBytes,
      headerPairs: MAX_HEADERS_OF_A_PART,
    },
  });
}

function filePart(
  { file, fieldname, filename, mimetype }: MultipartFile,
  limits: MultipartLimits,
  refusalOf: (error: Error) => Error,
): FilePart {
  const stream = new Readable({
    read: () => void file.resume(),
    destroy: (error, done) => {
      // What still comes of it is discarded, so that the next part can come.
      file.resume();
      done(error);
    },
  });
  file.on('data', (chunk: Buffer) => {
    if (!stream.destroyed && !stream.push(chunk)) file.pause();
  });
  file.pause();
  file.once('end', () => stream.push(null));
  file.once('error', (error: Error) => stream.destroy(refusalOf(error)));
  // Its own end would look like that of a whole file.
  const tooLarge = (): void => void stream.destroy(tooLargeFile(limits));
  const cutOff = (): void => void stream.destroy(refusalOf(file.errored ?? new Error('Part terminated early')));
  file.once('limit', tooLarge);
  file.once('close', () => {
    if (!file.readableEnded) cutOff();
  });
  // The handler may not listen yet, or never.
  stream.on('error', () => undefined);
  // A small body has been parsed as a whole before its first part is asked for.
  if (file.truncated) tooLarge();
  else if (file.destroyed) cutOff();
  return { kind: 'file', name: fieldname, filename: filename ?? '', type: mimetype, stream };
}

function fieldPart(part: Exclude<Multipart, MultipartFile>, { maxFieldBytes }: MultipartLimits): FieldPart {
  const { fieldname, value, valueTruncated } = part;
  if (valueTruncated) throw tooLargePart(`has a field of more than ${maxFieldBytes} bytes`);
  return { kind: 'field', name: fieldname, value: typeof value === 'string' ? value : JSON.stringify(value) };
}

/** What its parser throws has no class and no code of its own. */
function asRefusal(thrown: unknown, limits: MultipartLimits): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof HttpException) return error;
  const { code } = error as { code?: unknown };
  const refusal = typeof code === 'string' ? REFUSALS[code] : undefined;
  if (refusal) return refusal(limits);
  return PARSER_ERROR.test(error.message) ? malformed('is not valid multipart, or does not come to its end') : error;
}

const PARSER_ERROR =
  /multipart|boundary|part terminated|content type|malformed|header|request was closed|unexpected end/i;
