/** The classes that every host consists of. Providers that depend on options are in the module. */
import type { Provider } from '@nestjs/common';
import { PluginStatusPort, StoreStatePort } from '../health/index.js';
import { ApiDocument, BodyDoor, HostRoutes, PluginMounts, PluginRoutes } from '../http/index.js';
import { DesiredStates } from './commands/desired-states.js';
import { CommandActions } from './commands/command-actions.js';
import { CommandCallers } from './commands/command-callers.js';
import { CommandQueues } from './commands/command-queues.js';
import { OperatorDecisions } from './commands/operator-decisions.js';
import { PluginCommands } from './commands/plugin-commands.js';
import { PluginExplorers } from '../explorers/index.js';
import { FailureWatch } from './orchestration/failure-watch.js';
import { FirstStart } from './first-start.js';
import { HostRun } from './host-run.js';
import { HostPluginStatus, HostStoreState } from './host-status.js';
import { ApplicationModules, LazyModules, ModuleBuilds, ModuleUsage, NestInternals } from '../nest/index.js';
import { Intakes } from './instance/intake.js';
import { ModuleBuilder } from './instance/module-builder.js';
import { ModuleHooks } from './instance/module-hooks.js';
import { PluginModules } from './instance/own-modules.js';
import { PluginResources } from './instance/own-resources.js';
import { PluginInstances } from './instance/plugin-instance.js';
import { PluginStarter } from './instance/plugin-starter.js';
import { PluginStopper } from './instance/plugin-stopper.js';
import { LifecycleMetrics } from './lifecycle.metrics.js';
import { Orchestrator } from './orchestration/orchestrator.js';
import { PluginGraph } from './orchestration/plugin-graph.js';
import { PluginHealth } from './health/plugin-health.js';
import { PluginHost } from './plugin-host.js';
import { ProcessGuard } from './process/process-guard.js';
import { ConfigurationAdoption } from './reload/configuration-adoption.js';
import { LiveSettings } from './reload/live-settings.js';
import { ConfigurationReloader } from './reload/configuration-reloader.js';
import { PluginRoster } from './orchestration/plugin-roster.js';
import { ShutdownSignal } from './process/shutdown-signal.js';
import { TransitionLog } from './orchestration/transition-log.js';

export const lifecycleProviders: Provider[] = [
  NestInternals,
  ApplicationModules,
  ShutdownSignal,
  ModuleBuilds,
  LazyModules,
  HostRoutes,
  BodyDoor,
  PluginMounts,
  PluginExplorers,
  PluginRoutes,
  ModuleUsage,
  ModuleBuilder,
  ModuleHooks,
  PluginModules,
  PluginResources,
  Intakes,
  PluginInstances,
  PluginStarter,
  PluginStopper,
  LifecycleMetrics,
  TransitionLog,
  PluginGraph,
  Orchestrator,
  DesiredStates,
  PluginRoster,
  ConfigurationAdoption,
  PluginCommands,
  CommandActions,
  CommandQueues,
  CommandCallers,
  OperatorDecisions,
  LiveSettings,
  FirstStart,
  HostRun,
  ConfigurationReloader,
  FailureWatch,
  ProcessGuard,
  PluginHealth,
  PluginHost,
  ApiDocument,
  { provide: PluginStatusPort, useClass: HostPluginStatus },
  { provide: StoreStatePort, useClass: HostStoreState },
];
