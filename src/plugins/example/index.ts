/** The example plugin. The host looks for the class decorated with `@Plugin` among these exports. */
export { ExamplePlugin } from './example.plugin.js';
export { ExampleConfig, ExampleFeatures } from './example.config.js';
export { NoteAdded } from './example.events.js';
export { ExampleState } from './example.state.js';
