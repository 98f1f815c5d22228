/** `@HealthCheck` records which method checks a part of a plugin. `health-indicators.ts` calls it. */
import { HealthCheckDeclarationError } from './health.errors.js';
import { addHealthCheck, type HealthCheckOptions } from './health-check.metadata.js';

const CHECK_NAME = /^[a-z][a-z0-9-]{0,63}$/;
const MAX_TIMEOUT_MS = 30_000;
const MAX_CACHE_MS = 60_000;

/**
 * Makes a method of a plugin, or of one of its providers, a health check. It is well when the method returns, and it may return an object
 * with details, which `/health` shows where the operator has set `health.details`. It is not well when the method throws or takes too long, and
 * when it returns `false`, an `Error`, `{ status: 'down' }` or a result of terminus that is down.
 *
 * @param name `^[a-z][a-z0-9-]{0,63}$`, unique within the plugin
 * @throws HealthCheckDeclarationError while the class is defined
 *
 * @example
 * @HealthCheck('model', { timeoutMs: 500 })
 * async modelIsLoaded() { return { parameters: this.model.size }; }
 */
export function HealthCheck(name: string, options: HealthCheckOptions = {}): MethodDecorator {
  return (target, method, descriptor: PropertyDescriptor) => {
    // A plugin may be plain JavaScript, so nothing of this has been checked by a compiler.
    const problem = problemOf(name, options, { target, descriptor });
    const type = typeof target === 'function' ? target : target.constructor;
    if (problem) throw new HealthCheckDeclarationError(`${type.name}.${String(method)}`, problem);
    addHealthCheck(type, { name, method, options: { ...options } });
  };
}

interface Decorated {
  readonly target: object;
  readonly descriptor: PropertyDescriptor | undefined;
}

function problemOf(name: unknown, options: HealthCheckOptions, { target, descriptor }: Decorated): string | undefined {
  if (typeof target === 'function') return 'a check must not be static';
  if (typeof descriptor?.value !== 'function') return 'only a method can be a check';
  if (typeof name !== 'string' || !CHECK_NAME.test(name))
    return `its name must match ${CHECK_NAME.source}, for example "database"`;
  const { timeoutMs = 1, cacheMs = 0 } = options;
  if (!(timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS)) return `timeoutMs must be a number from 1 to ${MAX_TIMEOUT_MS}`;
  if (!(cacheMs >= 0 && cacheMs <= MAX_CACHE_MS)) return `cacheMs must be a number from 0 to ${MAX_CACHE_MS}`;
  return undefined;
}
