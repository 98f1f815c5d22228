/** Arrows between the folders of a room, and files beside them that have a row of their own. */
import { ALLOWED_FOLDERS, ROOT, type FolderTable } from './allowed-folders.js';
import { importsOf, roomOf, violation, type SourceFile } from './source-file.js';

/** Every import between folders of one room that the table does not allow, and every folder that the table does not know. */
export function folderViolations(
  files: readonly SourceFile[],
  tables: Readonly<Record<string, FolderTable>> = ALLOWED_FOLDERS,
): string[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path);
    const table = Object.hasOwn(tables, room) ? tables[room] : undefined;
    return table ? violationsIn(file, room, table) : [];
  });
}

/** Pairs of folders that the tables would let import each other, also by way of other folders. */
export function folderCircles(tables: Readonly<Record<string, FolderTable>> = ALLOWED_FOLDERS): string[] {
  return Object.entries(tables).flatMap(([room, table]) =>
    Object.keys(table)
      .filter((folder) => reachable(table, folder).has(folder))
      .map((folder) => `${room}/${folder} reaches itself`),
  );
}

function violationsIn(file: SourceFile, room: string, table: FolderTable): string[] {
  const folder = folderOf(file.path, table);
  const allowed = Object.hasOwn(table, folder) ? table[folder] : undefined;
  if (!allowed)
    return [violation(file, 1, `"${folder}" is no folder of ${room}; they are ${listed(Object.keys(table))}`)];
  return importsOf(file).flatMap(({ specifier, target, line }) => {
    if (target === undefined || roomOf(target) !== room) return [];
    const entered = folderOf(target, table);
    if (entered === folder || allowed.includes(entered)) return [];
    return [violation(file, line, `imports "${specifier}"; ${room}/${folder} may import ${listed(allowed)}`)];
  });
}

function reachable(table: FolderTable, from: string): Set<string> {
  const found = new Set<string>();
  const visit = (folder: string): void => {
    for (const next of table[folder] ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(from);
  return found;
}

/** The row of a file: its own, or that of the deepest folder around it that has one; `.` for a file beside the folders. */
function folderOf(path: string, table: FolderTable): string {
  const [, ...steps] = path.split('/');
  const places = steps.map((_, index) => steps.slice(0, steps.length - index).join('/'));
  return places.find((place) => Object.hasOwn(table, place)) ?? (steps.length > 1 ? (steps[0] ?? ROOT) : ROOT);
}

function listed(folders: readonly string[]): string {
  return folders.length === 0 ? 'no other folder' : folders.join(', ');
}
