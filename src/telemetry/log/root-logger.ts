/** Builds the one pino logger of an application: what is on each line, what never is, and in which form lines are written. */
import { pino, stdSerializers, stdTimeFunctions, type Logger, type LoggerOptions } from 'pino';
import { activeContext } from '../context/active-context.js';
import { safeLine } from './log-line.js';
import type { LogOutput } from './log-output.js';
import { isErrorValue, plainFields, plainValue } from './plain-value.js';
import { prettyOutput } from './pretty-output.js';
import type { LineForm } from './standard-error.js';
import { standardOutput } from './standard-output.js';
import type { TelemetryOptions } from '../telemetry.options.js';

export type RootLogger = Logger;

/** Injection token of the application's pino logger. */
export const ROOT_LOGGER = Symbol('panotti:root-logger');

/** What the configuration files do not say. */
export interface LogSurroundings {
  /** Production never chooses the pretty form by itself. */
  readonly isProduction: boolean;
  /** Default: the standard output. */
  readonly output?: LogOutput;
}

/** `logFormat`, decided. */
export function lineForm({ logFormat }: TelemetryOptions, { output, isProduction }: LogSurroundings): LineForm {
  const isTerminal = (output ?? process.stdout).isTTY === true;
  return logFormat === 'pretty' || (logFormat === 'auto' && isTerminal && !isProduction) ? 'pretty' : 'json';
}

export async function createRootLogger(options: TelemetryOptions, surroundings: LogSurroundings): Promise<RootLogger> {
  const { output } = surroundings;
  const isTerminal = (output ?? process.stdout).isTTY === true;
  const pretty = lineForm(options, surroundings) === 'pretty' ? await prettyOutput({ output, isTerminal }) : undefined;
  return pino(pinoOptions(options), pretty ?? output ?? standardOutput());
}

function pinoOptions({ logLevel }: TelemetryOptions): LoggerOptions {
  return {
    level: logLevel,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: contextFields,
    // A record cannot claim to come from another plugin: the context wins over fields that were logged.
    mixinMergeStrategy: (logged, context) => ({ ...plainFields(logged), ...context }),
    serializers: { err: errorOf, req: stdSerializers.req, res: stdSerializers.res },
    // Not pino's own `redact`: it costs 40 µs a line for headers at four depths, and knows neither greater depths nor other cases.
    hooks: { streamWrite: safeLine },
  };
}

/** A new object each time, because pino hands it on to be merged. */
function contextFields(): object {
  const context = activeContext();
  if (!context) return {};
  const { plugin, eventId, eventName, correlationId } = context;
  return { plugin, eventId, eventName, correlationId };
}

/** For loggers that are made with an error among their fields: what is logged with a record is plain by now. */
function errorOf(value: unknown): unknown {
  return isErrorValue(value) ? plainValue(value) : value;
}
