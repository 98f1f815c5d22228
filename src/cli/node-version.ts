/** Checks the version of Node. Imports nothing and uses old syntax, so that any Node with ES modules can run it. */

/** The oldest Node that runs Panotti, as in `engines` of package.json. */
export const MINIMUM_NODE = '24.15.0';

/** True if `version`, as in `process.versions.node`, is older than `minimum`. */
export function isOlderNode(version: string, minimum: string = MINIMUM_NODE): boolean {
  const [found, needed] = [numbersOf(version), numbersOf(minimum)];
  const differs = needed.findIndex((number, position) => (found[position] ?? 0) !== number);
  return differs >= 0 && (found[differs] ?? 0) < (needed[differs] ?? 0);
}

function numbersOf(version: string): number[] {
  return (version.split('-')[0] ?? '').split('.').map(Number);
}
