/** Which folder of a room may import which other folder of the same room. A room without a row here has no folders that matter. */
import { importsOf, roomOf, violation, type SourceFile } from './source-file.js';

/** The files that stand beside the folders of a room. */
const ROOT = '.';

type FolderTable = Readonly<Record<string, readonly string[]>>;

/** What every part of events may know: what travels, and what may be said of it. */
const EVENT_GROUND = ['events.errors.ts', 'event', 'contracts', 'plugin-events.ts'];

const DURABLE = [
  'durable/durable.options.ts',
  ...['clock', 'records', 'dead-letters', 'session', 'subscribers', 'intake', 'upkeep'].map(
    (name) => `durable/${name}`,
  ),
];

const CONFIG_GROUND = ['configuration-problem.ts', 'config.errors.ts', 'environment.ts'];

const COMMAND_GROUP = ['command', 'access'];

/** For each room its folders, and the files beside them that have a row of their own, and the folders that each of them may import. */
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
    'durable/clock': ['contracts'],
    'durable/records': ['events.errors.ts', 'event', 'contracts'],
    'durable/dead-letters': [...EVENT_GROUND, 'unit', 'durable/records'],
    'durable/session': [
      ...EVENT_GROUND,
      'handlers',
      'unit',
      'durable/clock',
      'durable/records',
      'durable/dead-letters',
    ],
    'durable/subscribers': [
      'drop-command.ts',
      'events.errors.ts',
      'handlers',
      'durable/durable.options.ts',
      'durable/clock',
      'durable/records',
      'durable/session',
    ],
    'durable/intake': [
      ...EVENT_GROUND,
      'unit',
      'durable/durable.options.ts',
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
    publishing: [...EVENT_GROUND, 'event-counters.ts', 'handlers', 'unit', 'durable', 'subscriptions'],
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
  http: {
    'http.errors.ts': [],
    'http.options.ts': ['bodies'],
    'request-head.ts': [],
    'body-door.ts': ['http.options.ts', 'bodies'],
    bodies: ['request-head.ts'],
    routes: ['http.errors.ts', 'http.options.ts', 'request-head.ts', 'body-door.ts', 'bodies'],
    api: ['http.options.ts', 'routes'],
    [ROOT]: ['http.errors.ts', 'http.options.ts', 'body-door.ts', 'bodies', 'routes', 'api'],
  },
  lifecycle: {
    'lifecycle.errors.ts': [],
    'lifecycle.metrics.ts': [],
    'lifecycle.options.ts': [],
    options: ['lifecycle.options.ts'],
    process: [],
    instance: ['lifecycle.errors.ts', 'lifecycle.options.ts', 'process'],
    orchestration: ['lifecycle.errors.ts', 'lifecycle.metrics.ts', 'lifecycle.options.ts', 'instance'],
    health: ['orchestration'],
    commands: ['lifecycle.errors.ts', 'orchestration'],
    reload: ['lifecycle.errors.ts', 'options', 'orchestration', 'commands'],
    [ROOT]: [
      'lifecycle.errors.ts',
      'lifecycle.metrics.ts',
      'lifecycle.options.ts',
      'options',
      'process',
      'instance',
      'orchestration',
      'health',
      'commands',
      'reload',
    ],
  },
  management: {
    operations: [],
    [ROOT]: ['operations'],
  },
  telemetry: {
    'telemetry.errors.ts': [],
    'telemetry.options.ts': [],
    context: [],
    log: ['telemetry.options.ts', 'context'],
    heap: ['context'],
    metrics: ['context', 'heap'],
    watchdog: ['telemetry.options.ts', 'context', 'log', 'heap'],
    process: ['telemetry.errors.ts', 'context', 'log', 'watchdog'],
    [ROOT]: ['telemetry.options.ts', 'context', 'log', 'heap', 'metrics', 'watchdog', 'process'],
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
