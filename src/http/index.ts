/** How a plugin is reached: its mount, the routes and bodies below it, and the API document that describes them. */
export { ApiDocument } from './api/api-document.js';
export { serveApiPage } from './api/api-page.js';
export { AcceptsBody } from './bodies/accepts-body.decorator.js';
export type { AcceptedBody, BodyKind } from './bodies/accepts-body.metadata.js';
export { BodyDoor } from './body-door.js';
export type { BodyPart, FieldPart, FilePart } from './bodies/multipart-parts.js';
export { BodyBytes, BodyParts, BodyStream } from './bodies/received-body.decorator.js';
export {
  BodyDeclarationError,
  HttpAddressError,
  PluginRouteSchemaError,
  PluginRouteUnsupportedError,
} from './http.errors.js';
export { HttpOptions } from './http.options.js';
export { keepEventStreamAlive } from './routes/event-streams.js';
export { HostRoutes } from './routes/host-routes.js';
export { type MountedPlugin, PluginMounts } from './routes/plugin-mounts.js';
export { PluginRoutes } from './routes/plugin-routes.js';
export { RouteValidation, type RouteValidationMode } from './routes/route-validation.js';
export { type FileSender, SendFile, type SentFileOptions } from './routes/send-file.decorator.js';
export { StreamingValidationPipe } from './routes/streaming-validation-pipe.js';
