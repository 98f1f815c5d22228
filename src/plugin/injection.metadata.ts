/** Finds classes into which Nest cannot inject anything, because the compiler has not recorded the types of their constructors. */
import 'reflect-metadata';

/** Where TypeScript and swc record the types of a constructor's parameters, and Nest what `@Inject` says about each. */
const RECORDED_TYPES = 'design:paramtypes';
const INJECTED = 'self:paramtypes';
/** Nest's marks on classes that it has decorated: only those would have recorded types. */
const MARKS = ['__injectable__', '__controller__'];

/** Names of the plugin class and of the providers and controllers of its own module that are compiled without decorator metadata. */
export function classesWithoutTypes(pluginClass: object): string[] {
  const own = ['providers', 'controllers'].flatMap(
    (list) => (Reflect.getMetadata(list, pluginClass) ?? []) as unknown[],
  );
  const decorated = own.filter(
    (one) => typeof one === 'function' && MARKS.some((mark) => Reflect.hasMetadata(mark, one)),
  );
  return [pluginClass, ...decorated]
    .filter((one) => typeof one === 'function')
    .flatMap((one) => (lacksTypes(one) ? [one.name] : []));
}

function lacksTypes(type: { readonly length: number }): boolean {
  if (type.length === 0 || Reflect.hasMetadata(RECORDED_TYPES, type)) return false;
  const injected = (Reflect.getMetadata(INJECTED, type) ?? []) as readonly { readonly index: number }[];
  return Array.from({ length: type.length }, (_parameter, index) => index).some((index) =>
    injected.every((one) => one.index !== index),
  );
}
