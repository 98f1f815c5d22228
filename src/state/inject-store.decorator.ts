/** `@InjectStore` names the store that is injected. */
import { Inject } from '@nestjs/common';

/** What a store of `stores` is provided under, in the plugin that declares it. */
export function storeToken(name: string): string {
  return `panotti:store:${name}`;
}

/**
 * Injects the `PluginStore` of that name.
 *
 * @example
 * constructor(@InjectStore('notes') private readonly notes: PluginStore<NoteRecord>) {}
 */
export function InjectStore(name: string): ParameterDecorator & PropertyDecorator {
  return Inject(storeToken(name));
}
