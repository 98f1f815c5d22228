/** What the lifecycle looks at in a module of the container. */
import type { Type } from '@nestjs/common';

/** A provider or controller as the container holds it. */
export interface ContainedClass {
  readonly type: Type<object>;
  /** `undefined` for a provider that is not a singleton. */
  readonly instance: object | undefined;
  /** Makes one for a request, where it is not a singleton. */
  readonly instanceFor?: ((request: unknown, carrier: unknown) => Promise<object>) | undefined;
}
