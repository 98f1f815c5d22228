/** Which room may know which, and through which door. */
import { ALLOWED_IMPORTS } from './allowed-imports.js';
import { importsOf, roomOf, violation, type ImportedModule, type SourceFile } from './source-file.js';

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
  return room !== roomOf(file.path) && room !== target && target !== `${room}/index.ts` && !SECOND_DOORS.has(target);
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
