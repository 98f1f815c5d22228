/** What clients may see of an event. Plugins tell each other where files are; where the server keeps its data is no business of a client. */
import { sep } from 'node:path';

/**
 * A copy of a payload in which paths are relative to a directory, wherever they stand: `/srv/data/plugins/x/a.wav` becomes
 * `plugins/x/a.wav`. They may be parts of longer texts, such as messages of errors.
 *
 * @param directory absolute path
 */
export function withoutDirectory(payload: unknown, directory: string): unknown {
  const prefix = directory.endsWith(sep) ? directory : directory + sep;
  return withoutPrefix(JSON.parse(JSON.stringify(payload) ?? 'null'), prefix, directory);
}

function withoutPrefix(value: unknown, prefix: string, directory: string): unknown {
  if (typeof value === 'string') {
    const shortened = value.replaceAll(prefix, '');
    return shortened === directory ? '.' : shortened;
  }
  if (Array.isArray(value)) return value.map((one: unknown) => withoutPrefix(one, prefix, directory));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutPrefix(one, prefix, directory)]));
}
