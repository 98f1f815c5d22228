/** Settings of the HTTP server and of the plugins' routes: section `http` of panotti.yaml. */
import { IsBoolean, IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { IsDuration, Nested } from '../config/index.js';
import { BodyOptions } from './bodies/body.options.js';

const PATH = /^(?:\/[A-Za-z0-9][A-Za-z0-9._~-]*)+$/;
const PATH_MESSAGE = {
  message: 'must be a path that begins with a slash and does not end with one, for example "/internal/health"',
};

/** Where the host's own routes are: section `http.routes`. Neither a global prefix nor a version of an application that embeds the host moves them. */
class HostRoutesOptions {
  /** Health is served here and below: `/live`, `/ready`, `/startup`, `/plugins/<name>`. `health.endpoints` leaves it out. */
  @Matches(PATH, PATH_MESSAGE) health = '/health';
  /** Metrics for Prometheus. `telemetry.metrics` leaves them out. */
  @Matches(PATH, PATH_MESSAGE) metrics = '/metrics';
  /** The OpenAPI page of the server; its document is at `<path>-json`. `http.docs` leaves it out. */
  @Matches(PATH, PATH_MESSAGE) docs = '/docs';
}

export type HostRouteName = keyof HostRoutesOptions;

export class HttpOptions {
  /** The address to listen on. */
  @IsString() @MaxLength(255) host = '127.0.0.1';
  /** The port to listen on; 0 takes a free one. The environment variable PORT overrides it. */
  @IsInt() @Min(0) @Max(65_535) port = 3000;
  /** Plugin routes are served under `/<prefix>/<plugin>`. */
  @Matches(/^[a-zA-Z0-9][a-zA-Z0-9._-]*(\/[a-zA-Z0-9][a-zA-Z0-9._-]*)*$/, {
    message: 'must be path segments without slashes at the ends, for example "api"',
  })
  prefix = 'api';
  /** Serves the OpenAPI page. */
  @IsBoolean() docs = true;
  @Nested(() => HostRoutesOptions) routes = new HostRoutesOptions();
  /** Longest time for the head of a request, in seconds. For the server only; an application of your own sets it at its HTTP server. */
  @IsDuration({ min: '10ms', max: '1h' }) headersTimeout = 10;
  @Nested(() => BodyOptions) bodies = new BodyOptions();
}
