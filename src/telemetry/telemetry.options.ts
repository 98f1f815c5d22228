/** The section `telemetry` of panotti.yaml. */
import { IsBoolean, IsIn } from 'class-validator';

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
}
