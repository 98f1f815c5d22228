/**
 * Adds to the description of routes what holds for each of them and no decorator says: the answer without an error, the body of errors, what the
 * host answers in place of the plugin. What an author has described stays as it is.
 */
import { STATUS_CODES } from 'node:http';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { DocumentedRoute } from '../routes/mounted-route.js';
import { describedErrors, type DescribedErrors } from './error-body.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Answers = Operation['responses'];
type Answer = NonNullable<Answers[string]>;
type Content = NonNullable<Extract<Answer, { description: string }>['content']>;

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;
const EVENT_STREAM = 'text/event-stream';

/** What the host answers before a plugin has the request; see the doors of bodies and mounts. */
const REFUSED_BODIES: Answers = {
  400: { description: 'The body cannot be read, or its content is not valid.' },
  408: { description: 'The body came too slowly.' },
  413: { description: 'The body is larger than this route takes.' },
  415: { description: 'This route does not take bodies of this type.' },
};
const ANY_ERROR: Answers = {
  503: {
    description: 'The plugin is not ready, or it stops. Send the request again later.',
    headers: { 'Retry-After': { description: 'Seconds to wait, where that is known.', schema: { type: 'integer' } } },
  },
  default: { description: 'Any other error.' },
};

/** The part of one plugin, completed. */
export function completedPlugin(document: OpenAPIObject, routes: readonly DocumentedRoute[]): OpenAPIObject {
  const byPattern = Map.groupBy(routes, ({ url }) => patternOf(url));
  return withOperations(document, (operation, method, path, errors) => {
    const route = byPattern.get(patternOf(path))?.find(({ methods }) => methods.includes(method.toUpperCase()));
    const answers = answersOf(operation, route);
    const responses = withBodies({ ...(operation.requestBody && REFUSED_BODIES), ...ANY_ERROR, ...answers }, errors);
    const parameters = operation.parameters?.map((one) =>
      'in' in one && one.in === 'header' && route?.optionalHeaders.has(one.name.toLowerCase())
        ? { ...one, required: false }
        : one,
    );
    const summary = operation.summary || (route && sentence(route.methodName));
    return { ...operation, ...(summary && { summary }), ...(parameters && { parameters }), responses };
  });
}

/** The host's own routes at and below a path, with the bodies of their errors; the application's own stay as they are. */
export function completedHost(document: OpenAPIObject, path: string): OpenAPIObject {
  return withOperations(document, (operation, _method, own, errors) =>
    own === path || own.startsWith(`${path}/`)
      ? { ...operation, responses: withBodies(operation.responses, errors) }
      : operation,
  );
}

/** With a definition of each tag that an operation has. */
export function withTags(document: OpenAPIObject): OpenAPIObject {
  const operations = Object.values(document.paths).flatMap((item) => METHODS.flatMap((method) => item[method] ?? []));
  const defined = new Set(document.tags?.map(({ name }) => name));
  const used = new Set(operations.flatMap(({ tags = [] }) => tags));
  return { ...document, tags: [...(document.tags ?? []), ...[...used.difference(defined)].map((name) => ({ name }))] };
}

type Complete = (operation: Operation, method: string, path: string, errors: DescribedErrors) => Operation;

function withOperations(document: OpenAPIObject, complete: Complete): OpenAPIObject {
  const errors = describedErrors(document.components?.schemas ?? {});
  const paths = Object.entries(document.paths).map(([path, item]) => {
    const operations = METHODS.flatMap((method) =>
      item[method] ? [[method, complete(item[method], method, path, errors)]] : [],
    );
    return [path, { ...item, ...Object.fromEntries(operations) }];
  });
  return {
    ...document,
    paths: Object.fromEntries(paths) as OpenAPIObject['paths'],
    components: { ...document.components, schemas: errors.schemas },
  };
}

function answersOf(operation: Operation, route: DocumentedRoute | undefined): Answers {
  const { responses } = operation;
  const status = Object.keys(responses).find((key) => /^[23]/.test(key)) ?? String(route?.successStatus ?? 200);
  const success = responses[status] ?? { description: '' };
  return { ...responses, [status]: route?.isEventStream ? asEventStream(success) : success };
}

/** `@nestjs/swagger` takes any answer for JSON that is not said to be something else. */
function asEventStream(answer: Answer): Answer {
  if ('$ref' in answer) return answer;
  const { [EVENT_STREAM]: own, ...others }: Content = answer.content ?? {};
  const { 'application/json': json, ...rest } = others;
  return { ...answer, content: { ...rest, [EVENT_STREAM]: own ?? json ?? { schema: { type: 'string' } } } };
}

/** Each error with a body, and each answer with a description. */
function withBodies(answers: Answers, { content }: DescribedErrors): Answers {
  const completed = Object.entries(answers).map(([status, answer]) => {
    if (!answer || '$ref' in answer) return [status, answer];
    const description = answer.description || STATUS_CODES[status] || 'An answer.';
    const isError = status === 'default' || /^[45]/.test(status);
    return [status, { ...answer, description, ...(isError && !answer.content && { content }) }];
  });
  return Object.fromEntries(completed) as Answers;
}

/** The same for the path of a route (`/notes/:id`) and that of its description (`/notes/{id}`). */
function patternOf(path: string): string {
  const pattern = path.replaceAll(/\{[^}]*\}|:[^/]+|\*[^/]*/g, '{}');
  return pattern.length > 1 && pattern.endsWith('/') ? pattern.slice(0, -1) : pattern;
}

/** `addNote` as `Add note`. */
function sentence(methodName: string): string {
  const words = methodName.replaceAll(/(?<=[a-z\d])(?=[A-Z])|_/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
