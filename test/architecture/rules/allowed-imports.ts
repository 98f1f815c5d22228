/** Which room may import which. The picture in docs/architecture.md is drawn from this table. */

const GROUND = ['common'];
const PLUMBING = [...GROUND, 'config', 'telemetry'];
const CONTRACT = [...PLUMBING, 'plugin'];
const ROOMS = [...CONTRACT, 'storage', 'events', 'state', 'health', 'security'];
/** What the engine stands on: each answers one question about plugins, and none of them starts or stops one. */
const ENGINE_PARTS = [...ROOMS, 'nest', 'http', 'explorers', 'host'];
const ENGINE = [...ENGINE_PARTS, 'lifecycle'];

/** A room, or a file beside the rooms, and the rooms that it may import. */
export const ALLOWED_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  common: [],
  config: GROUND,
  telemetry: [...GROUND, 'config'],
  storage: [...GROUND, 'config'],
  plugin: PLUMBING,
  events: [...CONTRACT, 'storage'],
  state: [...CONTRACT, 'storage', 'events'],
  health: CONTRACT,
  security: CONTRACT,
  nest: CONTRACT,
  http: [...CONTRACT, 'security', 'nest'],
  explorers: [...CONTRACT, 'nest'],
  host: CONTRACT,
  lifecycle: ENGINE_PARTS,
  management: ENGINE,
  cli: [...ENGINE, 'management'],
  testing: ENGINE,
  plugins: ['index.ts'],
  'index.ts': [...ENGINE, 'management'],
  'app.module.ts': [...ENGINE, 'management'],
  server: [...ENGINE, 'management', 'app.module.ts'],
  'main.ts': ['server'],
};
