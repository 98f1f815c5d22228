/** What an event may be called, what a pattern looks like, and which names a pattern covers. */

const CONTRACT_NAME = /^[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*$/;

/** Wider than a contract's name: a plugin may listen to what ordinary Nest code emits, with names of any style. */
const PATTERN_SEGMENT = /^(?:\*|\*\*|[\w:$@/-]+)$/;

/** True if `name` may stand in `@EventContract`: lower-case segments of letters, digits and dashes, joined by dots. */
export function isEventName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= 200 && CONTRACT_NAME.test(name);
}

/** True if `pattern` may stand in `@OnEvent`: a name, or segments of which some are `*` or `**`. */
export function isEventPattern(pattern: unknown): pattern is string {
  return (
    typeof pattern === 'string' &&
    pattern.length <= 200 &&
    pattern.split('.').every((segment) => PATTERN_SEGMENT.test(segment))
  );
}

/** True if the text stands for more than one name. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*');
}

/**
 * True if `pattern` covers `name`: `*` stands for one segment, `**` for any number of them, also zero.
 * Goes back to the last `**` only, as file globs do, so the cost is at most the product of both lengths.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const wanted = pattern.split('.');
  const given = name.split('.');
  let at = 0;
  let anyAt = -1;
  let takenByAny = 0;
  for (let segment = 0; segment < given.length;) {
    if (wanted[at] === '**') {
      anyAt = at++;
      takenByAny = segment;
    } else if (at < wanted.length && (wanted[at] === '*' || wanted[at] === given[segment])) {
      at++;
      segment++;
    } else if (anyAt >= 0) {
      at = anyAt + 1;
      segment = ++takenByAny;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((rest) => rest === '**');
}
