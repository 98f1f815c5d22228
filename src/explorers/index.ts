/** How the decorators of other packages work in plugins: explorers find them and attach what they declare. */
export type { ExplorerAttachment } from './explorer-attachment.js';
export {
  ExplorerPackageMissingError,
  PluginScheduleError,
  PluginUnsupportedError,
  type UnsupportedFind,
} from './explorers.errors.js';
export type { ExploredTarget, ForeignDecorator, PluginExplorer } from './plugin-explorer.port.js';
export { explorerProviders, PluginExplorers } from './plugin-explorers.js';
export { ScheduleExplorer } from './schedule-explorer.js';
