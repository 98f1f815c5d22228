/**
 * What the running code belongs to: which plugin, which event, which request, which unit of changes. It follows the code through `await` by the one
 * `AsyncLocalStorage` of the process; logs, metrics and published events read it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** What the running code changes in one commit. Opaque here: the room that makes units knows what one is. */
export interface ActiveUnit {
  readonly isOver: boolean;
}

/** A request that gets a line when it is over: what went wrong in it is part of that line, not one more. */
export interface RequestInProgress {
  isOver: boolean;
  failure: RequestFailure | undefined;
}

interface RequestFailure {
  readonly plugin: string | undefined;
  readonly error: unknown;
}

/** One object per event and plugin, per request or per lifecycle phase; never changed after it was made. */
export interface ActiveContext {
  readonly plugin: string | undefined;
  readonly eventId: string | undefined;
  readonly eventName: string | undefined;
  readonly correlationId: string | undefined;
  readonly traceparent: string | undefined;
  /** Left out as good as `undefined`: the code runs outside of any unit. */
  readonly unit?: ActiveUnit | undefined;
  readonly request?: RequestInProgress | undefined;
}

/** Exported for the dispatch of events, which enters it without a closure; everybody else uses the functions below. */
export const activeContextStorage = new AsyncLocalStorage<ActiveContext>();

/** The context of the running code, or `undefined` outside of any plugin, event and request. */
export function activeContext(): ActiveContext | undefined {
  return activeContextStorage.getStore();
}

/** Runs `action`, and all that it awaits, in the context; fields left out are taken over from the context around it. */
export function runInContext<T>(context: Partial<ActiveContext>, action: () => T): T {
  const outer = activeContextStorage.getStore();
  return activeContextStorage.run(
    Object.freeze({
      plugin: context.plugin ?? outer?.plugin,
      eventId: context.eventId ?? outer?.eventId,
      eventName: context.eventName ?? outer?.eventName,
      correlationId: context.correlationId ?? outer?.correlationId,
      traceparent: context.traceparent ?? outer?.traceparent,
      unit: context.unit ?? outer?.unit,
      request: context.request ?? outer?.request,
    }),
    action,
  );
}
