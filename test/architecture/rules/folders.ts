/** Which folder of a room may import which other folder of the same room. A room without a row here has no folders that matter. */
import { importsOf, roomOf, violation, type SourceFile } from './source-file.js';

/** The files that stand beside the folders of a room. */
const ROOT = '.';

type FolderTable = Readonly<Record<string, readonly string[]>>;

const COMMAND_GROUP = ['command', 'access'];

/** For each room its folders, and the folders that each of them may import. */
const ALLOWED_FOLDERS: Readonly<Record<string, FolderTable>> = {
  cli: {
    [ROOT]: ['command', 'plugins', 'config', 'events', 'dead-letters', 'subscriptions', 'store'],
    plugins: COMMAND_GROUP,
    config: COMMAND_GROUP,
    events: COMMAND_GROUP,
    'dead-letters': COMMAND_GROUP,
    subscriptions: COMMAND_GROUP,
    store: COMMAND_GROUP,
    access: ['command'],
    command: [],
  },
  management: {
    [ROOT]: ['operations'],
    operations: [],
  },
};

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
  const folder = folderOf(file.path);
  const allowed = Object.hasOwn(table, folder) ? table[folder] : undefined;
  if (!allowed)
    return [violation(file, 1, `"${folder}" is no folder of ${room}; they are ${listed(Object.keys(table))}`)];
  return importsOf(file).flatMap(({ specifier, target, line }) => {
    if (target === undefined || roomOf(target) !== room) return [];
    const entered = folderOf(target);
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

/** The folder below the room: `cli/events/list.ts` is in `events`, `cli/panotti.ts` in `.`. */
function folderOf(path: string): string {
  const [, folder = ROOT, file] = path.split('/', 3);
  return file === undefined ? ROOT : folder;
}

function listed(folders: readonly string[]): string {
  return folders.length === 0 ? 'no other folder' : folders.join(', ');
}
