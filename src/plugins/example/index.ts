/** The example plugin. The host looks for the class decorated with `@Plugin` among these exports. */
export { ExamplePlugin } from './example.plugin.js';
export { ExampleConfig, ExampleFeatures } from './example.config.js';
export { ExampleStateChanged } from './example.events.js';
