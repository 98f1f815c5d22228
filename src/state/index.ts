/** The door of the state room. */
export { InjectStore, storeToken } from './inject-store.decorator.js';
export { PluginState, type ChangeOptions } from './plugin-state.js';
export { PluginStore, type StoreChange, type StoreEntry } from './plugin-store.js';
export { StateContract } from './state-contract.decorator.js';
export type { StateContractOptions } from './state-contract.metadata.js';
export { StateKeeper, type OpenedMemory } from './state-keeper.js';
export {
  StateChangesMissedError,
  StateClosedError,
  StateConflictError,
  StateContractError,
  StateInvalidError,
  StateMigrationError,
  StateQuotaError,
  StateTooNewError,
} from './state.errors.js';
export { StateModule } from './state.module.js';
export { StateOptions } from './state.options.js';
