/** Finds classes into which Nest cannot inject anything, because the compiler has not recorded the types of their constructors. */
import 'reflect-metadata';

/** Where TypeScript and swc record the types of a constructor's parameters, and Nest what `@Inject` says about each. */
const RECORDED_TYPES = 'design:paramtypes';
const INJECTED = 'self:paramtypes';
/** Nest's marks on classes that it has decorated: only those would have recorded types. */
const MARKS = ['__injectable__', '__controller__'];

/**
 * Names of the plugin class, of the modules that it imports, and of their providers and controllers, where they are compiled without decorator
 * metadata. Modules that are promises are not looked into.
 */
export function classesWithoutTypes(pluginClass: object): string[] {
  const classes = new Set<unknown>();
  const seen = new Set<unknown>();
  const look = (module: unknown): void => {
    if (module === null || (typeof module !== 'object' && typeof module !== 'function') || seen.has(module)) return;
    seen.add(module);
    const { forwardRef, module: type = module } = module as { forwardRef?: () => unknown; module?: object };
    if (typeof forwardRef === 'function') return look(forwardRef());
    classes.add(type);
    const listed = (list: string): unknown[] => [
      ...itemsOf(Reflect.getMetadata(list, type)),
      ...itemsOf((module as Listing)[list]),
    ];
    for (const one of [...listed('providers'), ...listed('controllers')]) {
      const injected = (one as { useClass?: unknown } | undefined)?.useClass ?? one;
      if (typeof injected === 'function' && MARKS.some((mark) => Reflect.hasMetadata(mark, injected)))
        classes.add(injected);
    }
    for (const imported of listed('imports')) look(imported);
  };
  look(pluginClass);
  return [...classes].filter((one) => typeof one === 'function').flatMap((one) => (lacksTypes(one) ? [one.name] : []));
}

type Listing = Readonly<Record<string, unknown>>;

function itemsOf(list: unknown): unknown[] {
  return Array.isArray(list) ? list : [];
}

function lacksTypes(type: { readonly length: number }): boolean {
  if (type.length === 0 || Reflect.hasMetadata(RECORDED_TYPES, type)) return false;
  const injected = (Reflect.getMetadata(INJECTED, type) ?? []) as readonly { readonly index: number }[];
  return Array.from({ length: type.length }, (_parameter, index) => index).some((index) =>
    injected.every((one) => one.index !== index),
  );
}
