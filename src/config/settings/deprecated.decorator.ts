/** `@Deprecated` marks a setting that has another name now, or goes away. It records; `current-names.ts` follows it. */
import { Allow, IsOptional } from 'class-validator';
import { writeDeprecation, type Deprecation } from './setting.metadata.js';

/**
 * The setting still works, with a warning in the log. With `use`, what is written for it becomes the value of that setting, which is
 * checked as if it had been written there; both at once are a problem. Without, it is a setting like any other that is going to be removed.
 *
 * @example
 * @IsDuration() timeout = 30;
 * @Deprecated({ use: 'timeout', since: '1.2.0' }) timeoutSeconds?: number;
 */
export function Deprecated(deprecation: Deprecation): PropertyDecorator {
  return (prototype, property) => {
    writeDeprecation(prototype, String(property), deprecation);
    // Its value goes to the other setting, so it never has one of its own.
    const check = deprecation.use === undefined ? Allow() : IsOptional();
    check(prototype, property);
  };
}
