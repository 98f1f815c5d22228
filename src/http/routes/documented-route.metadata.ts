/** Reads what a route's decorators say about its answer and its headers, where `@nestjs/swagger` reads it in part or not at all. */
import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';

/** Facts about a route for the API document, which apply even if its author has described something else. */
export interface DocumentedAnswer {
  /** Status of an answer without an error: what `@HttpCode` or `@Redirect` says, 201 for POST, 200 otherwise. */
  readonly successStatus: number;
  /** True for `@Sse`. */
  readonly isEventStream: boolean;
  /** Headers in lower case that the handler takes by `@Headers(name)`, which refuses no request, without `@ApiHeader`. */
  readonly optionalHeaders: ReadonlySet<string>;
}

/** Keys of `@nestjs/common` and `@nestjs/swagger`, which export only the decorators. */
const KEYS = {
  status: '__httpCode__',
  redirect: '__redirect__',
  eventStream: '__sse__',
  arguments: '__routeArguments__',
  described: 'swagger/apiParameters',
};

/** What the keys of Nest's route arguments begin with for `@Headers`. */
const HEADERS = '6:';

/** @param controller the class of the controller, which has the route's arguments under the name of its method */
export function readDocumentedAnswer(
  method: RequestMethod,
  handler: object,
  controller: object,
  methodName: string,
): DocumentedAnswer {
  const redirect = Reflect.getMetadata(KEYS.redirect, handler) as { readonly statusCode?: number } | undefined;
  const status = Reflect.getMetadata(KEYS.status, handler) as number | undefined;
  const usual = redirect ? (redirect.statusCode ?? 302) : method === RequestMethod.POST ? 201 : 200;
  return {
    successStatus: status ?? usual,
    isEventStream: Reflect.getMetadata(KEYS.eventStream, handler) === true,
    optionalHeaders: optionalHeaders(handler, controller, methodName),
  };
}

function optionalHeaders(handler: object, controller: object, methodName: string): Set<string> {
  const given = (Reflect.getMetadata(KEYS.arguments, controller, methodName) ?? {}) as Record<
    string,
    { readonly data?: unknown }
  >;
  const taken = Object.entries(given).flatMap(([key, { data }]) =>
    key.startsWith(HEADERS) && typeof data === 'string' ? [data.toLowerCase()] : [],
  );
  const described = new Set(describedHeaders(handler).map((name) => name.toLowerCase()));
  return new Set(taken.filter((name) => !described.has(name)));
}

function describedHeaders(handler: object): string[] {
  const given = (Reflect.getMetadata(KEYS.described, handler) ?? []) as {
    readonly in?: string;
    readonly name?: unknown;
  }[];
  return given.flatMap((one) => (one.in === 'header' && typeof one.name === 'string' ? [one.name] : []));
}
