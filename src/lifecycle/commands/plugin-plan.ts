/** Computes what a command will do. Pure: reads the graph and the states, and changes nothing. */
import type { PluginRuntime } from '../orchestration/plugin-runtime.js';
import type { PluginCommandName, PluginPlan } from './plugin-command.js';

/** What planning needs to know of the plugins around one. */
export interface PlanSurroundings {
  /** Plugins that depend on it, optional dependents included. */
  dependentsOf(runtime: PluginRuntime): readonly PluginRuntime[];
  requires(runtime: PluginRuntime, dependency: PluginRuntime): boolean;
}

const STOPPING: ReadonlySet<PluginCommandName> = new Set(['stop', 'disable']);

export function planCommand(
  command: PluginCommandName,
  runtime: PluginRuntime,
  surroundings: PlanSurroundings,
): PluginPlan {
  if (command === 'reconfigure' && runtime.desired !== 'running') return plan(command, runtime, [], [], []);
  const running = usersFirst(runtime, (one) =>
    surroundings.dependentsOf(one).filter((dependent) => one.standing.users.has(dependent)),
  );
  const stops = runtime.isUp ? running : [];
  const waiting = usersFirst(runtime, (one) =>
    surroundings.dependentsOf(one).filter((dependent) => isWaiting(dependent, one, surroundings)),
  );
  const starts = stops.length > 0 ? stops.toReversed() : waiting.toReversed();
  if (!STOPPING.has(command)) return plan(command, runtime, stops, starts, []);
  const blocked = needing(runtime, surroundings);
  const blocks = stops.filter((one) => blocked.has(one));
  const again = stops.toReversed().filter((one) => one !== runtime && !blocked.has(one));
  return plan(command, runtime, stops, again, blocks);
}

function plan(
  command: PluginCommandName,
  runtime: PluginRuntime,
  stops: readonly PluginRuntime[],
  starts: readonly PluginRuntime[],
  blocks: readonly PluginRuntime[],
): PluginPlan {
  const names = (runtimes: readonly PluginRuntime[]): string[] => runtimes.map(({ name }) => name);
  return { command, plugin: runtime.name, stops: names(stops), starts: names(starts), blocks: names(blocks) };
}

/** A plugin that would start by itself if `dependency` were up. */
function isWaiting(runtime: PluginRuntime, dependency: PluginRuntime, surroundings: PlanSurroundings): boolean {
  return runtime.machine.state === 'blocked' && runtime.isStartable && surroundings.requires(runtime, dependency);
}

/** The running plugins that need `root`, directly or through others. */
function needing(root: PluginRuntime, surroundings: PlanSurroundings): ReadonlySet<PluginRuntime> {
  const found = new Set([root]);
  // A set may grow while it is walked through: each new one is visited in its turn.
  for (const used of found)
    for (const user of used.standing.users) if (surroundings.requires(user, used)) found.add(user);
  found.delete(root);
  return found;
}

/** `root` and everything that is reachable from it, in reverse: `root` comes last. Without recursion, because a chain may be long. */
function usersFirst(root: PluginRuntime, next: (runtime: PluginRuntime) => readonly PluginRuntime[]): PluginRuntime[] {
  const seen = new Set([root]);
  const finished: PluginRuntime[] = [];
  const path = [{ runtime: root, rest: next(root).values() }];
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const { value: other } = top.rest.next();
    if (other === undefined) finished.push(path.pop()?.runtime ?? root);
    else if (!seen.has(other)) {
      seen.add(other);
      path.push({ runtime: other, rest: next(other).values() });
    }
  }
  return finished;
}
