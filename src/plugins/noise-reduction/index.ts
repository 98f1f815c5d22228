/** The noise-reduction plugin. Other plugins subscribe to its events by name: `noise-reduction.completed`, `.progressed`, `.rejected`. */
export { NoiseReductionPlugin } from './noise-reduction.plugin.js';
export { NoiseReductionConfig, NoiseReductionFeatures } from './noise-reduction.config.js';
export { NoiseReductionCompleted, NoiseReductionProgressed, NoiseReductionRejected } from './noise-reduction.events.js';
