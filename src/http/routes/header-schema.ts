/** Adapts the JSON Schema of headers to Node, which has the names of headers in lower case. */

/** Keywords whose value has names of headers as keys. */
const KEYED = new Set(['properties', 'dependencies', 'dependentSchemas', 'dependentRequired']);
/** Keywords whose value says something about values of headers. */
const LITERAL = new Set(['enum', 'const', 'default', 'examples']);

/** A copy of a JSON Schema of headers with their names in lower case, at any depth. */
export function lowerCaseHeaders(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(lowerCaseHeaders);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([keyword, value]: [string, unknown]) => {
    if (LITERAL.has(keyword)) return [keyword, value];
    if (keyword === 'required') return [keyword, names(value)];
    return [keyword, KEYED.has(keyword) ? keyed(value) : lowerCaseHeaders(value)];
  });
  return Object.fromEntries(entries);
}

function keyed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, given]: [string, unknown]) => [
    name.toLowerCase(),
    Array.isArray(given) ? names(given) : lowerCaseHeaders(given),
  ]);
  return Object.fromEntries(entries);
}

function names(value: unknown): unknown {
  return Array.isArray(value)
    ? value.map((name: unknown) => (typeof name === 'string' ? name.toLowerCase() : name))
    : value;
}
