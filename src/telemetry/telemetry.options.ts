/** The section `telemetry` of panotti.yaml. */
import { IsBoolean, IsIn, IsNumber, Max, Min } from 'class-validator';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

export class TelemetryOptions {
  /** The least severe level that is written. Nest's `verbose` is `trace` here. */
  @IsIn(LOG_LEVELS) logLevel: LogLevel = 'info';
  /** `json`: one record a line. `pretty`: for a person at a terminal. `auto`: `pretty` outside production when the output is a terminal. */
  @IsIn(LOG_FORMATS) logFormat: LogFormat = 'auto';
  /** Whether `GET /metrics` is served. */
  @IsBoolean() metrics = true;
  /** Whether a thread watches for code that blocks the event loop, and names its plugin, function and line. Costs some 20 MB of memory. */
  @IsBoolean() watchdog = true;
  /** How long the event loop may be blocked before that is told, in seconds. */
  @IsNumber() @Min(0.1) @Max(3_600) watchdogThreshold = 0.5;
  /**
   * How long the event loop may be blocked before the watchdog ends the server with exit code 70, in seconds; 0: never, it is only told.
   * Native code cannot be interrupted: where that blocks, the server is killed one second later (exit code 137).
   */
  @IsNumber() @Min(0) @Max(86_400) watchdogMaxBlock = 0;
}
