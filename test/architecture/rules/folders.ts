/** Which folder of a room may import which other folder of the same room. A room without a row here has no folders that matter. */
import { importsOf, roomOf, violation, type SourceFile } from './source-file.js';

/** The files that stand beside the folders of a room. */
const ROOT = '.';

type FolderTable = Readonly<Record<string, readonly string[]>>;

/** What every part of events may know: what travels, and what may be said of it. */
const EVENT_GROUND = ['events.errors.ts', 'event', 'contracts', 'plugin-events.ts'];

const DURABLE = [
  'durable/durable.options.ts',
  ...['backlog', 'records', 'clock', 'dead-letters', 'session', 'subscribers', 'intake', 'upkeep'].map(
    (name) => `durable/${name}`,
  ),
];

/** For each room its folders, and the files beside them that have a row of their own, and the folders that each of them may import. */
const ALLOWED_FOLDERS: Readonly<Record<string, FolderTable>> = {
  events: {
    'drop-command.ts': [],
    'events.errors.ts': ['drop-command.ts'],
    event: ['events.errors.ts'],
    contracts: ['events.errors.ts'],
    'plugin-events.ts': ['event', 'contracts'],
    'event-counters.ts': ['event'],
    handlers: [...EVENT_GROUND, 'event-counters.ts'],
    unit: ['events.errors.ts', 'event'],
    'durable/durable.options.ts': [],
    'durable/backlog': [],
    'durable/records': ['events.errors.ts', 'event', 'contracts'],
    'durable/clock': ['contracts', 'durable/records'],
    'durable/dead-letters': [...EVENT_GROUND, 'unit', 'durable/records'],
    'durable/session': [
      ...EVENT_GROUND,
      'handlers',
      'unit',
      'durable/backlog',
      'durable/clock',
      'durable/records',
      'durable/dead-letters',
    ],
    'durable/subscribers': [
      'drop-command.ts',
      'events.errors.ts',
      'handlers',
      'durable/durable.options.ts',
      'durable/backlog',
      'durable/clock',
      'durable/records',
      'durable/session',
    ],
    'durable/intake': [
      ...EVENT_GROUND,
      'unit',
      'durable/durable.options.ts',
      'durable/backlog',
      'durable/clock',
      'durable/records',
      'durable/session',
      'durable/subscribers',
    ],
    'durable/upkeep': [
      'durable/durable.options.ts',
      'durable/clock',
      'durable/records',
      'durable/subscribers',
      'durable/intake',
    ],
    durable: [...EVENT_GROUND, 'handlers', 'unit', ...DURABLE],
    'events.options.ts': ['durable/durable.options.ts'],
    subscriptions: [...EVENT_GROUND, 'event-counters.ts', 'events.options.ts', 'handlers', 'durable/subscribers'],
    publishing: [
      ...EVENT_GROUND,
      'event-counters.ts',
      'events.options.ts',
      'handlers',
      'unit',
      'durable',
      'subscriptions',
    ],
    operations: ['events.errors.ts', 'event', 'contracts', 'durable', ...DURABLE],
    'events.metrics.ts': ['event-counters.ts'],
    'event-bus.ts': [
      ...EVENT_GROUND,
      'event-counters.ts',
      'events.options.ts',
      'events.metrics.ts',
      'handlers',
      'durable',
      ...DURABLE,
      'subscriptions',
      'publishing',
    ],
    bridge: ['event', 'handlers', 'publishing', 'event-bus.ts'],
    [ROOT]: [
      ...EVENT_GROUND,
      'drop-command.ts',
      'events.options.ts',
      'event-bus.ts',
      'handlers',
      'unit',
      'durable',
      ...DURABLE,
      'subscriptions',
      'operations',
      'bridge',
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

/** The row of a file: its own, or that of the deepest folder around it that has one; `.` for a file beside the folders. */
function folderOf(path: string, table: FolderTable): string {
  const [, ...steps] = path.split('/');
  const places = steps.map((_, index) => steps.slice(0, steps.length - index).join('/'));
  return places.find((place) => Object.hasOwn(table, place)) ?? (steps.length > 1 ? (steps[0] ?? ROOT) : ROOT);
}

function listed(folders: readonly string[]): string {
  return folders.length === 0 ? 'no other folder' : folders.join(', ');
}
