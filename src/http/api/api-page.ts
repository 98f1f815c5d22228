/** The OpenAPI page of the server and its document, made again for each request because plugins and their routes come and go. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiDocument } from './api-document.js';
import { swagger } from './swagger.js';

interface ApiPageDetails {
  /** Where the page is: `/docs`. Its document is at `/docs-json` and `/docs-yaml`. */
  readonly path: string;
  /** Version of the server. */
  readonly version: string;
}

/**
 * Addresses are relative to those of the page and the document, so that they hold below any path of a proxy. To be called before the
 * application listens.
 */
export function serveApiPage(app: NestFastifyApplication, { path, version }: ApiPageDetails): void {
  const { DocumentBuilder, SwaggerModule } = swagger();
  const base = new DocumentBuilder()
    .setTitle('Panotti')
    .setDescription('The routes of the server and its plugins.')
    .setVersion(version)
    .build();
  // The server has no authentication of its own, which programs that read the document want to be told.
  const config = { ...base, security: [] };
  const document = (url: string): OpenAPIObject => {
    const server = { url: rootFrom(url, path), description: 'This server.' };
    return app.get(ApiDocument).create(app, { ...config, servers: [server] });
  };
  const patchDocumentOnRequest = (request: unknown): OpenAPIObject => document((request as FastifyRequest).url);
  // The page at both addresses loads the same script, but a relative address means different things there. Only the first one registered serves.
  const last = path.slice(path.lastIndexOf('/') + 1);
  app
    .getHttpAdapter()
    .get(`${path}/`, (_request: FastifyRequest, reply: FastifyReply) => reply.redirect(`../${last}`, 308));
  SwaggerModule.setup(path, app, () => document(path), { patchDocumentOnRequest });
}

/**
 * The root of the server, seen from the address that the document belongs to: the document itself, or the page that loads the script.
 *
 * @param url of the request, for the document or for the script
 * @param path of the page
 */
function rootFrom(url: string, path: string): string {
  const last = path.slice(path.lastIndexOf('/') + 1);
  // `<path>/index.html` loads its script from here, and is one level deeper than the page.
  const isIndex = url.startsWith(`${path}/${last}/`);
  const depth = path.split('/').length - 2 + (isIndex ? 1 : 0);
  return depth === 0 ? '.' : Array.from({ length: depth }, () => '..').join('/');
}
