/** Works out what a command will do. Pure: asks the graph and the states, and changes nothing. */
import type { PluginRuntime } from '../plugin-runtime.js';
import { isUp } from '../plugin-state.js';
import type { PluginCommandName, PluginPlan } from './plugin-command.js';

/** What planning needs to know of the plugins around one. */
export interface PlanSurroundings {
  /** Plugins that depend on it, optional dependents included. */
  dependentsOf(runtime: PluginRuntime): readonly PluginRuntime[];
  requires(runtime: PluginRuntime, dependency: PluginRuntime): boolean;
}

const STOPPING: ReadonlySet<PluginCommandName> = new Set(['stop', 'disable']);

export function planCommand(command: PluginCommandName, runtime: PluginRuntime, surroundings: PlanSurroundings): PluginPlan {
  if (command === 'reconfigure' && runtime.desired !== 'running') return plan(command, runtime, [], [], []);
  const running = usersFirst(runtime, (one) => surroundings.dependentsOf(one).filter((dependent) => dependent.uses.has(one)));
  const stops = isUp(runtime.machine.state) ? running : [];
  const waiting = usersFirst(runtime, (one) =>
    surroundings.dependentsOf(one).filter((dependent) => isWaiting(dependent, one, surroundings)),
  );
  const starts = stops.length > 0 ? stops.toReversed() : waiting.toReversed();
  if (!STOPPING.has(command)) return plan(command, runtime, stops, starts, []);
  const blocks = stops.filter((one) => one !== runtime && needs(one, runtime, surroundings, stops));
  const again = stops.toReversed().filter((one) => one !== runtime && !blocks.includes(one));
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

/** Whether a plugin cannot be without `root`, directly or through others that stop with it. */
function needs(runtime: PluginRuntime, root: PluginRuntime, surroundings: PlanSurroundings, stops: readonly PluginRuntime[]): boolean {
  return [...runtime.uses].some(
    (used) => surroundings.requires(runtime, used) && (used === root || (stops.includes(used) && needs(used, root, surroundings, stops))),
  );
}

/** `root` and all that is reachable, each after everything that it leads to: `root` comes last. */
function usersFirst(root: PluginRuntime, next: (runtime: PluginRuntime) => readonly PluginRuntime[]): PluginRuntime[] {
  const finished = new Set<PluginRuntime>();
  const visit = (runtime: PluginRuntime): void => {
    for (const other of next(runtime)) if (!finished.has(other)) visit(other);
    finished.add(runtime);
  };
  visit(root);
  return [...finished];
}
