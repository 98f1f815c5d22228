/** The transcription plugin. Other plugins subscribe to its event by name: `transcription.completed`. */
export { TranscriptionPlugin } from './transcription.plugin.js';
export { TranscriptionConfig } from './transcription.config.js';
export { TranscriptionCompleted } from './transcription.events.js';
