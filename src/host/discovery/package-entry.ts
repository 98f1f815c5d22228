/** Which file of a package is its entry, by the rules of Node: `exports` for `import`, else `main`, else `index.js`. Pure: it reads no file. */

/** The fields of a package.json that matter here; anybody may have written anything into them. */
export interface PackageManifest {
  readonly name?: unknown;
  readonly main?: unknown;
  readonly exports?: unknown;
}

/** The conditions under which Node imports a package. */
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'node-addons', 'default']);

/** Paths relative to the package, in the order in which Node tries them. Empty where `exports` offers nothing to import. */
export function entryCandidates({ main, exports }: PackageManifest): string[] {
  if (exports !== undefined && exports !== null) {
    const target = targetOf(rootOf(exports));
    return typeof target === 'string' ? [target] : [];
  }
  return typeof main === 'string' && main !== '' ? [main, `${main}.js`, `${main}/index.js`, 'index.js'] : ['index.js'];
}

/** What `exports` says about the package itself: it may be a map of subpaths, or the target of the only one. */
function rootOf(exports: unknown): unknown {
  return isRecord(exports) && Object.keys(exports).some((key) => key.startsWith('.')) ? exports['.'] : exports;
}

/** The first target whose conditions hold; `null` where the package forbids it, `undefined` where none holds. */
function targetOf(value: unknown): string | null | undefined {
  if (typeof value === 'string') return value.startsWith('./') ? value : undefined;
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(targetOf).find((target) => typeof target === 'string');
  if (!isRecord(value)) return undefined;
  const holding = Object.entries(value).filter(([condition]) => CONDITIONS.has(condition));
  return holding.map(([, target]) => targetOf(target)).find((target) => target !== undefined);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
