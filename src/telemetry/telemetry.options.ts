/** The section `telemetry` of panotti.yaml. */
import { IsBoolean, IsIn } from 'class-validator';
import { IsDuration } from '../config/index.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;

const REQUEST_LOGS = ['auto', 'all', 'plugins', 'none'] as const;

export type RequestLog = (typeof REQUEST_LOGS)[number];
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

export class TelemetryOptions {
  /** The least severe level that is written. Nest's `verbose` is `trace` here. */
  @IsIn(LOG_LEVELS) logLevel: LogLevel = 'info';
  /** `json`: one record a line. `pretty`: for a person at a terminal. `auto`: `pretty` outside production when the output is a terminal. */
  @IsIn(LOG_FORMATS) logFormat: LogFormat = 'auto';
  /**
   * Which HTTP requests get a line in the log when they are over. `plugins`: those for plugins. `auto`: all in the server, and `plugins` in an
   * application that embeds the host. Requests for health and metrics have the level `trace`.
   */
  @IsIn(REQUEST_LOGS) requestLog: RequestLog = 'auto';
  /** Whether `GET /metrics` is served. */
  @IsBoolean() metrics = true;
  /** Whether a thread watches for code that blocks the event loop, and names its plugin, function and line. Costs some 20 MB of memory. */
  @IsBoolean() watchdog = true;
  /** How long the event loop may be blocked before that is told, in seconds. */
  @IsDuration({ min: '100ms', max: '1h' }) watchdogThreshold = 0.5;
  /**
   * How long the event loop may be blocked before the watchdog ends the server with exit code 70, in seconds; 0: never, it is only told, and a
   * server that is blocked without end can be ended by SIGKILL alone: it handles no SIGTERM.
   * Native code cannot be interrupted: where that blocks, the server is killed one second later (exit code 137). Until the server has loaded and
   * started its plugins for the first time, only the code of plugins counts, and native code has ten seconds.
   */
  @IsDuration({ max: '1d' }) watchdogMaxBlock = 0;
}
