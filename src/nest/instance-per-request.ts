/** Makes the instance of a provider or controller that is not a singleton, as Nest does for each request. */
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import type { InstanceWrapper, Module as NestModule } from '@nestjs/core/internal';
import type { ContainedClass } from './contained-class.js';

/** Durable providers, and those that share the context of a request, are as the strategy of the application says. */
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
