/** For tests that need something optional of the machine. Where it is missing they are reported as skipped, by name; `.ci/run` makes that a failure. */
import { execFileSync } from 'node:child_process';
import { describe, it } from '@jest/globals';

/** `it` where what the test needs is there, `it.skip` elsewhere. */
export function itWhere(isThere: boolean): typeof it | typeof it.skip {
  return isThere ? it : it.skip;
}

/** `describe` where what all of its tests need is there; elsewhere each of them is skipped by name. */
export function describeWhere(isThere: boolean): typeof describe | typeof describe.skip {
  return isThere ? describe : describe.skip;
}

/** Whether there is such a command, for `itWhere`. */
export function hasCommand(name: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$0"', name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * For tests of what a sandbox may forbid whatever is installed. The title of a skipped one ends with the reason, and `closing-line.reporter.js`
 * never makes a failure of that.
 *
 * @param probe a command that works only where the test can
 */
export function itWhereAllowed(
  probe: readonly [string, ...string[]],
): (title: string, test: () => Promise<void>) => void {
  const [command, ...args] = probe;
  try {
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    return it;
  } catch (error) {
    const { stderr, message } = error as Error & { readonly stderr?: Buffer };
    const reason = (stderr?.toString().trim() || message).split('\n', 1)[0];
    return (title, test) => it.skip(`${title} [this machine forbids it: ${reason}]`, test);
  }
}
