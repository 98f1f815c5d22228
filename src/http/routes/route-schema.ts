/** The `@RouteSchema` of one route, compiled with the server's own compilers: checks requests and writes answers as Fastify does for its routes. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type {
  FastifySchemaCompiler,
  FastifySchemaValidationError,
  FastifyValidationResult,
} from 'fastify/types/schema.js';
import { lowerCaseHeaders } from './header-schema.js';

export interface SchemaCompilers {
  readonly validator: NonNullable<FastifyInstance['validatorCompiler']>;
  readonly serializer: NonNullable<FastifyInstance['serializerCompiler']>;
  /** True if the validator is the application's own, whose schemas may have any form. */
  readonly isValidatorForeign: boolean;
}

type Validator = FastifyValidationResult;
type Serializer = (data: unknown) => string;
/** One for all media types, or one for each. */
type ByMediaType<T> = T | Readonly<Record<string, T>>;
type Part = 'params' | 'body' | 'query' | 'headers';

/** In the order in which Fastify checks them; an error of the query goes by the older name. */
const PARTS: readonly (readonly [part: Part, nameInErrors: string])[] = [
  ['params', 'params'],
  ['body', 'body'],
  ['query', 'querystring'],
  ['headers', 'headers'],
];

/** What error filters know such an error by. */
const CODE_OF_FASTIFY = 'FST_ERR_VALIDATION';

const STATUS = /^(?:[1-5](?:\d\d|xx)|default)$/;

/** A decorator records any object; these are the properties that Fastify reads. */
type Recorded = Readonly<Partial<Record<'params' | 'body' | 'query' | 'querystring' | 'headers', unknown>>> & {
  readonly response?: Readonly<Record<string, unknown>>;
};

export class RouteSchema {
  readonly #validators = new Map<Part, ByMediaType<Validator>>();
  readonly #serializers = new Map<string, ByMediaType<Serializer>>();

  /** @throws an Error for what the compilers do not take */
  constructor(
    recorded: object,
    { method, url }: { readonly method: string; readonly url: string },
    compilers: SchemaCompilers,
  ) {
    const schema = recorded as Recorded;
    const { query, querystring } = schema;
    // Fastify itself copies the one to the other where it has seen the schema before.
    if (query !== undefined && querystring !== undefined && query !== querystring)
      throw new TypeError('it has both "query" and "querystring"');
    for (const [part, httpPart] of PARTS) {
      const given = partOf(schema, part);
      if (given === undefined) continue;
      const own = part === 'headers' && !compilers.isValidatorForeign ? lowerCaseHeaders(given) : given;
      const compile = (one: unknown, contentType?: string): Validator =>
        (compilers.validator as FastifySchemaCompiler<unknown>)({
          schema: one,
          method,
          url,
          httpPart,
          ...(contentType && { contentType }),
        });
      this.#validators.set(part, part === 'body' ? byMediaType(own, compile) : compile(own));
    }
    for (const [status, given] of Object.entries(schema.response ?? {})) {
      const httpStatus = status.toLowerCase();
      if (!STATUS.test(httpStatus))
        throw new TypeError(`"response" has "${status}", which is no status: use 200, 2xx or default`);
      const compile = (one: unknown, contentType?: string): Serializer =>
        compilers.serializer({ schema: one, method, url, httpStatus, ...(contentType && { contentType }) });
      this.#serializers.set(httpStatus, byMediaType(plain(given), compile));
    }
  }

  get hasSerializers(): boolean {
    return this.#serializers.size > 0;
  }

  /** What is wrong with a request; `undefined` if nothing is. What a validator makes of a part takes its place. A promise for asynchronous validators. */
  problemOf(request: FastifyRequest, from = 0): Error | undefined | Promise<Error | undefined> {
    for (const [index, [part, name]] of PARTS.entries()) {
      const validator = index < from ? undefined : this.#validatorOf(part, request);
      const found = validator && check(validator, request, part);
      if (found instanceof Promise)
        return found.then((problem) => (problem ? asError(problem, name) : this.problemOf(request, index + 1)));
      if (found) return asError(found, name);
    }
    return undefined;
  }

  /** How an answer with the status and the type that it has by now is written; `undefined`: as others are. */
  serializerFor(reply: FastifyReply): Serializer | undefined {
    const status = String(reply.statusCode);
    const found =
      this.#serializers.get(status) ?? this.#serializers.get(`${status[0]}xx`) ?? this.#serializers.get('default');
    if (typeof found !== 'object') return found;
    return found[mediaTypeOf(reply.getHeader('content-type'))] ?? found['*/*'];
  }

  #validatorOf(part: Part, request: FastifyRequest): Validator | undefined {
    const found = this.#validators.get(part);
    return typeof found === 'object' ? found[request.mediaType ?? ''] : found;
  }
}

type Problem = Error | readonly FastifySchemaValidationError[];

function check(
  validator: Validator,
  request: FastifyRequest,
  part: Part,
): Problem | undefined | Promise<Problem | undefined> {
  const data = request[part] ?? null;
  let result: ReturnType<Validator>;
  try {
    // Ajv replaces a value that it coerces only where it knows its parent.
    const isAjv = 'schemaEnv' in validator;
    result = isAjv
      ? (validator as AjvValidator)(data, { parentData: request, parentDataProperty: part })
      : validator(data);
  } catch (thrown) {
    return Object.assign(thrown instanceof Error ? thrown : new Error(String(thrown)), { statusCode: 500 });
  }
  if (result === false) return validator.errors ?? [];
  if (typeof result !== 'object' || result === null) return undefined;
  if ('then' in result) {
    const settled = Promise.resolve(result as PromiseLike<unknown>);
    return settled.then(
      (passed) => (passed === false ? (validator.errors ?? []) : undefined),
      (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
    );
  }
  if (result.error) return result.error;
  if ('value' in result) (request as Record<Part, unknown>)[part] = result.value;
  return undefined;
}

type AjvValidator = (
  data: unknown,
  context: { parentData: object; parentDataProperty: string },
) => ReturnType<Validator>;

/** As Fastify words and marks it; Nest makes a 400 of it. */
function asError(problem: Problem, part: string): Error {
  if (problem instanceof Error) return Object.assign(problem, marksOf(problem, part));
  const text = problem.map(({ instancePath, message }) => `${part}${instancePath || ''} ${message}`).join(', ');
  return Object.assign(new Error(text), { ...marksOf({}, part), validation: problem });
}

function marksOf(error: object, part: string): object {
  const { statusCode, code, validationContext }: { statusCode?: unknown; code?: unknown; validationContext?: unknown } =
    error;
  return {
    statusCode: statusCode || 400,
    code: code || CODE_OF_FASTIFY,
    validationContext: validationContext || part,
  };
}

function partOf(schema: Recorded, part: Part): unknown {
  return plain(part === 'query' ? (schema.query ?? schema.querystring) : schema[part]);
}

/** `content` of a schema has one for each media type. */
function byMediaType<T>(schema: unknown, compile: (schema: unknown, mediaType?: string) => T): ByMediaType<T> {
  const content = isObject(schema) && isObject(schema['content']) ? schema['content'] : undefined;
  if (!content) return compile(schema);
  const compiled = Object.entries(content).map(([mediaType, entry]): [string, T] => {
    if (!isObject(entry) || entry['schema'] === undefined)
      throw new TypeError(`the content "${mediaType}" has no "schema"`);
    return [mediaType, compile(entry['schema'], mediaType)];
  });
  return Object.fromEntries(compiled);
}

/** What builders of schemas make says by this symbol that its value is the schema. */
function plain(schema: unknown): unknown {
  return isObject(schema) && Symbol.for('fluent-schema-object') in schema ? schema.valueOf() : schema;
}

function mediaTypeOf(contentType: unknown): string {
  return (String(contentType ?? '').split(';')[0] ?? '').trim().toLowerCase();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
