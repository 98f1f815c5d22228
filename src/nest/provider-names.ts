/** Names of providers and of what is built of them, for messages. */
import type { InstanceWrapper, Module as NestModule } from '@nestjs/core/internal';

/** The class of an instance; a plain object goes by the token that it is provided under. */
export function nameOf(module: NestModule, instance: unknown): string {
  const type = (instance as object).constructor as unknown;
  if (typeof type === 'function' && type !== Object && type.name !== '') return type.name;
  const wrapper = [...module.providers.values()].find((candidate) => candidate.instance === instance);
  return wrapper ? `"${tokenOf(wrapper)}"` : 'an object without a class';
}

/** True for `useValue` with a promise. Nest replaces the promise by its value once a dependent has awaited it. */
export function isUnsettledValue(wrapper: InstanceWrapper): boolean {
  return wrapper.async === true && !wrapper.metatype && (wrapper.instance as unknown) instanceof Promise;
}

export function describeProvider(wrapper: InstanceWrapper): string {
  const home = wrapper.host ? ` in ${wrapper.host.name}` : '';
  if (isUnsettledValue(wrapper)) return `the promise given for "${tokenOf(wrapper)}"${home}`;
  return wrapper.isFactory
    ? `the factory of "${tokenOf(wrapper)}"${home}`
    : `the construction of ${tokenOf(wrapper)}${home}`;
}

function tokenOf({ token, name }: InstanceWrapper): string {
  return typeof token === 'function' ? token.name : String(token ?? name);
}
