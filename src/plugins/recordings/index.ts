/** The recordings plugin. Other plugins subscribe to its events by name: `recording.started`, `recording.ended`. */
export { RecordingsPlugin } from './recordings.plugin.js';
export { RecordingsConfig } from './recordings.config.js';
export { RecordingEnded, RecordingStarted } from './recordings.events.js';
