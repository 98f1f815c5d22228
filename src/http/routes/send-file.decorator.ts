/** How a handler answers with a file: with ranges and conditions, as HTTP has them, by `@fastify/send`. */
import { basename, dirname } from 'node:path';
import {
  createParamDecorator,
  type ExecutionContext,
  HttpException,
  NotFoundException,
  StreamableFile,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { send } from '@fastify/send';

/** What an answer says of a file. */
export interface SentFileOptions {
  /** The content type. Default: by the ending of the file's name. */
  readonly type?: string;
  /** The name under which clients store the file; without it they are not asked to. */
  readonly filename?: string;
}

/**
 * Sends a file: return what it gives. Resolves to `undefined` where the client has the file already (304).
 *
 * @param path absolute; from the plugin, never from a client
 * @throws NotFoundException if there is no file, HttpException 416 for a range outside of it, 412 for a condition that does not hold
 */
export type FileSender = (path: string, options?: SentFileOptions) => Promise<StreamableFile | undefined>;

/**
 * Gives a handler the function that answers with a file: 206 for `Range`, 304 for `If-None-Match` and `If-Modified-Since`, with `ETag` and
 * `Last-Modified`. Clients must revalidate before they use a copy, unless the route sets `Cache-Control` itself.
 *
 * @example
 * @Get('report')
 * report(@SendFile() sendFile: FileSender) { return sendFile(this.path, { type: 'text/csv', filename: 'report.csv' }); }
 */
export const SendFile = createParamDecorator((_data: unknown, context: ExecutionContext): FileSender => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const reply = http.getResponse<FastifyReply>();
  return (path, options) => sendFile(request, reply, path, options);
});

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  { type, filename }: SentFileOptions = {},
): Promise<StreamableFile | undefined> {
  // The folder is the plugin's choice, hidden or not; the name is read as a part of a URL.
  const found = await send(request.raw, encodeURIComponent(basename(path)), {
    root: dirname(path),
    dotfiles: 'allow',
    index: false,
    cacheControl: false,
  });
  if (found.type === 'directory') throw noSuchFile();
  if (found.type === 'error') throw refusal(found.statusCode, found.headers, found.metadata.error, reply);
  const isWhole = found.statusCode !== 304;
  const described = isWhole ? { ...found.headers, ...(type !== undefined && { 'Content-Type': type }) } : found.headers;
  for (const [name, value] of Object.entries(described)) reply.header(name, value);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache');
  if (isWhole && filename !== undefined) reply.header('content-disposition', disposition(filename));
  reply.code(found.statusCode);
  if (isWhole) return new StreamableFile(found.stream);
  found.stream.destroy();
  return undefined;
}

/** Its own answer is a page of HTML, and its error has the path. */
function refusal(status: number, headers: Readonly<Record<string, string>>, cause: Error, reply: FastifyReply): Error {
  if (status === 404) return noSuchFile(cause);
  if (status === 416) {
    reply.header('content-range', headers['Content-Range'] ?? 'bytes */*');
    return exception(416, 'Range Not Satisfiable', 'The range is outside of the file.', cause);
  }
  if (status === 412)
    return exception(412, 'Precondition Failed', 'The file is not the one that the request is about.', cause);
  return cause;
}

function noSuchFile(cause?: Error): NotFoundException {
  return new NotFoundException('There is no such file.', { cause });
}

function exception(statusCode: number, error: string, message: string, cause: Error): HttpException {
  return new HttpException({ message, error, statusCode }, statusCode, { cause });
}

/** RFC 6266: a name of ASCII for old clients, and the name itself. */
function disposition(filename: string): string {
  const plain = filename.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  if (plain === filename) return `attachment; filename="${plain}"`;
  const encoded = encodeURIComponent(filename).replaceAll(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
