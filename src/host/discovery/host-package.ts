/** What the host knows about its own package: where it is, which version, and which packages it shares with plugins. */
import { readFile } from 'node:fs/promises';

export interface HostPackage {
  /** The URL of the package's package.json; what plugins import is looked up from there. */
  readonly url: string;
  readonly name: string;
  readonly version: string;
  /** Names of the packages of which plugins get the host's copy, its own name among them. */
  readonly shared: ReadonlySet<string>;
}

interface PackageFields {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Dependencies whose classes are injection tokens that plugins see, beside those of Nest and the peers. */
const TOKENS_COME_FROM = new Set(['nestjs-pino', 'prom-client']);

/**
 * Reads the package.json of the host.
 *
 * Shared are the host itself, its peers, and of its dependencies those whose classes meet those of plugins in the container: `@nestjs/*`, `nestjs-pino`,
 * `prom-client`. All others are private to the host: a plugin brings its own.
 *
 * @param url of that file; tests put another package in its place
 */
export async function readHostPackage(
  url: URL = new URL('../../../package.json', import.meta.url),
): Promise<HostPackage> {
  // Our own file, released with this code: its shape is known.
  const fields = JSON.parse(await readFile(url, 'utf8')) as PackageFields;
  const own = Object.keys(fields.dependencies ?? {}).filter(
    (name) => name.startsWith('@nestjs/') || TOKENS_COME_FROM.has(name),
  );
  const shared = new Set([fields.name, ...Object.keys(fields.peerDependencies ?? {}), ...own]);
  return { url: url.href, name: fields.name, version: fields.version, shared };
}
