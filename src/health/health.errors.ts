/** Errors of the health room. Their codes are listed in docs/errors.md. */
import { PanottiError } from '../common/index.js';

/** `@HealthCheck` was used wrongly. Thrown while the class is defined. */
export class HealthCheckDeclarationError extends PanottiError {
  constructor(where: string, problem: string) {
    super({
      code: 'HEALTH_CHECK_INVALID',
      message: `@HealthCheck on "${where}" is wrong: ${problem}.`,
      fix: `Correct the decorator on "${where}".`,
    });
  }
}

/** Two checks of one plugin have the same name, so their results could not be distinguished. It is logged, and the line of that name is down. */
export class HealthCheckDuplicateError extends PanottiError {
  constructor(plugin: string, check: string, methods: readonly [string, string]) {
    super({
      code: 'HEALTH_CHECK_DUPLICATE',
      plugin,
      message: `Plugin "${plugin}" has two health checks called "${check}": ${methods.join(' and ')}.`,
      fix: 'Give one of them another name in its @HealthCheck.',
    });
  }
}
