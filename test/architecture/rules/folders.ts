/** Which folder of a room may import which other folder of the same room. A room without a row here has no folders that matter. */
import { importsOf, roomOf, violation, type SourceFile } from './source-file.js';

/** The files that stand beside the folders of a room. */
const ROOT = '.';

type FolderTable = Readonly<Record<string, readonly string[]>>;

const CONFIG_GROUND = ['configuration-problem.ts', 'config.errors.ts', 'environment.ts'];

/** For each room its folders, and the files beside them that have a row of their own, and the folders that each of them may import. */
const ALLOWED_FOLDERS: Readonly<Record<string, FolderTable>> = {
  config: {
    'configuration-problem.ts': [],
    'config.errors.ts': ['configuration-problem.ts'],
    'environment.ts': ['configuration-problem.ts'],
    files: CONFIG_GROUND,
    secrets: CONFIG_GROUND,
    tree: [...CONFIG_GROUND, 'files', 'secrets'],
    report: [...CONFIG_GROUND, 'files', 'tree'],
    settings: [...CONFIG_GROUND, 'secrets', 'tree'],
    binding: [...CONFIG_GROUND, 'settings', 'tree'],
    variables: [...CONFIG_GROUND, 'settings', 'tree'],
    'configuration-document.ts': [...CONFIG_GROUND, 'binding', 'variables', 'tree'],
    'configuration.ts': [...CONFIG_GROUND, 'configuration-document.ts', 'files', 'tree', 'variables'],
    'config.options.ts': [],
    reload: [...CONFIG_GROUND, 'configuration.ts', 'files'],
    reference: [...CONFIG_GROUND, 'configuration-document.ts', 'files', 'settings', 'tree'],
    [ROOT]: [
      ...CONFIG_GROUND,
      'configuration-document.ts',
      'configuration.ts',
      'config.options.ts',
      'files',
      'secrets',
      'tree',
      'report',
      'settings',
      'binding',
      'variables',
      'reload',
      'reference',
    ],
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

/** The row of a file: `cli/events/list.ts` has that of `events`; `cli/panotti.ts` has its own if there is one, else that of `.`. */
function folderOf(path: string, table: FolderTable): string {
  const [, folder = ROOT, file] = path.split('/', 3);
  return file !== undefined || Object.hasOwn(table, folder) ? folder : ROOT;
}

function listed(folders: readonly string[]): string {
  return folders.length === 0 ? 'no other folder' : folders.join(', ');
}
