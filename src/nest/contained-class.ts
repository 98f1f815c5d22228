/** The classes of a module in the container: what the other rooms see of its providers and controllers. */
import type { Type } from '@nestjs/common';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import type { InstanceWrapper, Module as NestModule } from '@nestjs/core/internal';

/** A provider or controller as the container holds it. */
export interface ContainedClass {
  readonly type: Type<object>;
  /** `undefined` for a provider that is not a singleton. */
  readonly instance: object | undefined;
  /** Makes an instance for a request; set only if the class is not a singleton. */
  readonly instanceFor?: ((request: unknown, carrier: unknown) => Promise<object>) | undefined;
}

/** Makes instances as Nest does for each request. The application's strategy decides about durable providers and those that share a request's context. */
export function instancePerRequest(
  module: NestModule,
  { token }: InstanceWrapper,
): NonNullable<ContainedClass['instanceFor']> {
  return async (request, carrier) => {
    const moduleRef = module.getProviderByKey<ModuleRef>(ModuleRef).instance;
    const contextId = ContextIdFactory.getByRequest(carrier as object);
    moduleRef.registerRequestByContextId(request, contextId);
    return moduleRef.resolve<object>(token, contextId, { strict: true });
  };
}
