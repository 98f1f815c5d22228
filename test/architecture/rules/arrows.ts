/** Which room may know which, and through which door. The picture is the one of docs/architecture.md. */
import { importsOf, roomOf, violation, type ImportedModule, type SourceFile } from './source-file.js';

const GROUND = ['common'];
const PLUMBING = [...GROUND, 'config', 'telemetry'];
const CONTRACT = [...PLUMBING, 'plugin'];
const ROOMS = [...CONTRACT, 'storage', 'events', 'state', 'health', 'security'];
const ENGINE = [...ROOMS, 'host', 'lifecycle'];

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
  host: ROOMS,
  lifecycle: [...ROOMS, 'host'],
  management: ENGINE,
  cli: [...ENGINE, 'management'],
  testing: ENGINE,
  plugins: ['index.ts'],
  'index.ts': [...ENGINE, 'management'],
  'app.module.ts': [...ENGINE, 'management'],
  server: [...ENGINE, 'management', 'app.module.ts'],
  'main.ts': [...ENGINE, 'management', 'cli', 'app.module.ts', 'server'],
};

/** Every import that points upwards or sideways, with what is allowed instead. */
export function arrowViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path);
    const allowed = Object.hasOwn(ALLOWED_IMPORTS, room) ? ALLOWED_IMPORTS[room] : undefined;
    if (!allowed)
      return [violation(file, 1, `"${room}" is no room; the rooms are ${Object.keys(ALLOWED_IMPORTS).join(', ')}`)];
    const wrong = importsOf(file).filter(
      ({ target }) => target !== undefined && roomOf(target) !== room && !allowed.includes(roomOf(target)),
    );
    return wrong.map((imported) =>
      violation(file, imported.line, `imports "${imported.specifier}"; ${room} may import ${listed(allowed)}`),
    );
  });
}

/** Doors beside a room's `index.ts`, for parts of it that must load without the rest: the shell reads the rows of operations for its help. */
const SECOND_DOORS = new Set(['management/operations/index.ts']);

/** Every import of a file inside another room: a room is entered by its `index.ts` only. */
export function doorViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const wrong = importsOf(file).filter(({ target }) => target !== undefined && passesTheDoor(file, target));
    return wrong.map(({ specifier, target = '', line }) => {
      return violation(file, line, `imports "${specifier}" past the door; allowed is ${roomOf(target)}/index.ts`);
    });
  });
}

/** Every import of a shipped plugin that a plugin of a stranger could not write. */
export function pluginViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => roomOf(path) === 'plugins')
    .flatMap((file) => {
      const wrong = importsOf(file).filter((imported) => leavesPlugin(file, imported));
      return wrong.map(({ specifier, line }) => {
        return violation(
          file,
          line,
          `imports "${specifier}"; a shipped plugin may import its own folder, "panotti" and packages`,
        );
      });
    });
}

function passesTheDoor(file: SourceFile, target: string): boolean {
  const room = roomOf(target);
  return (
    room !== roomOf(file.path) && room !== target && target !== `${room}/index.ts` && !SECOND_DOORS.has(target)
  );
}

function leavesPlugin(file: SourceFile, { specifier, target }: ImportedModule): boolean {
  if (target === undefined || specifier === 'panotti') return false;
  return folderOfPlugin(target) !== folderOfPlugin(file.path);
}

function folderOfPlugin(path: string): string {
  return path.split('/', 2).join('/');
}

function listed(allowed: readonly string[]): string {
  return allowed.length === 0 ? 'no room' : allowed.join(', ');
}
