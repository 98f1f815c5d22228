/** Stores which methods are health checks and is the only reader of it. */
import 'reflect-metadata';

export interface HealthCheckOptions {
  /** How long the check may take, in milliseconds, 1 to 30,000. Default: `health.checkTimeout`. */
  readonly timeoutMs?: number;
  /** How long a result is given again without a new run, in milliseconds, 0 to 60,000. Default: `health.cacheTtl`. */
  readonly cacheMs?: number;
}

export interface DeclaredHealthCheck {
  readonly name: string;
  readonly method: string | symbol;
  readonly options: HealthCheckOptions;
}

/** A registered symbol, so that a class decorated by a second copy of this package is understood too. */
const HEALTH_CHECKS = Symbol.for('panotti:health-checks:v1');

export function addHealthCheck(type: object, check: DeclaredHealthCheck): void {
  Reflect.defineMetadata(HEALTH_CHECKS, [...ownChecks(type), check], type);
}

/** The checks of the class of `instance` and of the classes that it extends; a method decorated again replaces the one that it overrides. */
export function healthChecksOf(instance: object): DeclaredHealthCheck[] {
  const checks = new Map<string | symbol, DeclaredHealthCheck>();
  for (
    let prototype: unknown = Object.getPrototypeOf(instance);
    isObject(prototype);
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const type: unknown = Object.hasOwn(prototype, 'constructor') ? prototype.constructor : undefined;
    if (typeof type !== 'function') continue;
    for (const check of ownChecks(type)) if (!checks.has(check.method)) checks.set(check.method, check);
  }
  return [...checks.values()];
}

function ownChecks(type: object): readonly DeclaredHealthCheck[] {
  return (Reflect.getOwnMetadata(HEALTH_CHECKS, type) as readonly DeclaredHealthCheck[] | undefined) ?? [];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
