/** Finds out which middleware a module applies. Many packages have modules with `configure()` that apply something only with certain options. */
import type { MiddlewareConsumer } from '@nestjs/common';

type ForConsumer = (consumer: MiddlewareConsumer) => unknown;

/**
 * What `configure()` of the module applies to a route, by name; nothing of it is registered.
 *
 * @throws what `configure()` throws
 */
export async function appliedMiddleware(module: object): Promise<string[]> {
  const { configure } = module as { readonly configure?: unknown };
  if (typeof configure !== 'function') return [];
  const applied: string[] = [];
  await (configure as ForConsumer).call(module, recordingConsumer(applied));
  return applied;
}

function recordingConsumer(applied: string[]): MiddlewareConsumer {
  const consumer: MiddlewareConsumer = {
    apply: (...middleware) => {
      const names = middleware.flat(Infinity).map(nameOf);
      const proxy: ReturnType<MiddlewareConsumer['apply']> = {
        exclude: () => proxy,
        forRoutes: () => {
          applied.push(...names);
          return consumer;
        },
      };
      return proxy;
    },
  };
  return consumer;
}

function nameOf(middleware: unknown): string {
  return typeof middleware === 'function' && middleware.name !== '' ? middleware.name : 'a function';
}
