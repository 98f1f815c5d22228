/** The one rule by which a version meets a range, for plugins, for the host and for Node. */
import { satisfies } from 'semver';

/**
 * Whether `version` lies in `range`. A prerelease counts like a release: an operator who installed `1.1.0-rc.1` wants it used for `^1.0.0`
 * and `*`. It stays older than its release, so `1.0.0-rc.1` does not meet `^1.0.0`, and `2.0.0-rc.1` does not meet `^1.0.0` either.
 */
export function isInRange(version: string, range: string): boolean {
  // Most manifests name no range for most things, and reading one is the dearest part of checking a hundred plugins.
  return range === '*' || satisfies(version, range, { includePrerelease: true });
}
