/** Reads what `@Cron`, `@Interval` and `@Timeout` of @nestjs/schedule 12.0 wrote on methods. */
import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { decoratedMethods } from '../plugin/index.js';

/** The options of `@Cron` that are supported here, unchecked. */
export interface CronOptions {
  readonly cronTime: unknown;
  readonly timeZone?: unknown;
  readonly utcOffset?: unknown;
  readonly disabled?: unknown;
  readonly unrefTimeout?: unknown;
  readonly waitForCompletion?: unknown;
  /** Milliseconds. */
  readonly initialDelay?: unknown;
}

interface DelayOptions {
  /** Milliseconds. */
  readonly timeout: unknown;
}

export type ScheduledMethod =
  | { readonly kind: 'Cron'; readonly method: string; readonly name: string | undefined; readonly options: CronOptions }
  | {
      readonly kind: 'Interval' | 'Timeout';
      readonly method: string;
      readonly name: string | undefined;
      readonly options: DelayOptions;
    };

const KINDS = ['Cron', 'Interval', 'Timeout'] as const;

const keyOf = (kind: string): string => `SCHEDULE_${kind.toUpperCase()}_OPTIONS`;

/** The scheduled methods of a class and of those that it extends. */
export function scheduledMethodsOf(type: Type<object>): ScheduledMethod[] {
  return decoratedMethods(type.prototype).flatMap(([method, implementation]) =>
    KINDS.flatMap((kind) => {
      const options: unknown = Reflect.getMetadata(keyOf(kind), implementation);
      // The decorators store nothing but objects; what is in these is looked at by those who use it.
      if (typeof options !== 'object' || options === null) return [];
      return [{ kind, method: String(method), name: nameOf(implementation), options } as ScheduledMethod];
    }),
  );
}

/** The name in a `SchedulerRegistry`; an empty one counts as missing, as in that package. */
function nameOf(implementation: object): string | undefined {
  const name: unknown = Reflect.getMetadata(['SCHEDULER', 'NAME'].join('_'), implementation);
  return typeof name === 'string' && name !== '' ? name : undefined;
}
