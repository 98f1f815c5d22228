/** Draws the rooms of `src` and their arrows from the table that the architecture test reads. */
import { ALLOWED_IMPORTS } from '../architecture/rules/allowed-imports.ts';

/** Each layer from the top, its rooms or entries, and the question that each of them answers. */
const LAYERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  entries: {
    'index.ts': 'the front door',
    'main.ts': 'arguments, version of Node',
    server: 'what does the process do?',
    'app.module.ts': 'the fuse box',
  },
  surfaces: {
    management: 'how do I drive it?',
    cli: '… from a shell?',
    plugins: 'what ships, written as a stranger would',
  },
  engine: {
    lifecycle: 'who starts and stops it?',
    http: 'how is a plugin reached?',
    explorers: 'how do foreign decorators work?',
    host: 'which plugins are there?',
    nest: "what do we use of Nest's inside?",
  },
  rooms: {
    events: 'how do plugins talk?',
    state: 'what does it remember?',
    health: 'is it well?',
  },
  contract: { plugin: 'what is a plugin?' },
  plumbing: {
    config: 'where do settings come from?',
    telemetry: 'what is it doing?',
    storage: 'where do bytes survive?',
  },
  ground: { common: 'time, limits, errors' },
};

/** The rooms that are drawn; a room of the table without a place here would be missing from the picture. */
export const DRAWN = Object.values(LAYERS).flatMap((rooms) => Object.keys(rooms));

/** The picture in the language of Mermaid. An arrow that longer ways imply is left out. */
export function roomPicture(): string {
  const layers = Object.entries(LAYERS).map(([layer, rooms]) => {
    const nodes = Object.entries(rooms).map(([room, question]) => `    ${nodeOf(room)}["${room}<br/>${question}"]`);
    return [`  subgraph ${layer}`, ...nodes, '  end'].join('\n');
  });
  const arrows = DRAWN.flatMap((room) => {
    const targets = nearestOf(room);
    return targets.length > 0 ? [`  ${nodeOf(room)} --> ${targets.map(nodeOf).join(' & ')}`] : [];
  });
  return ['flowchart TD', ...layers, '', ...arrows].join('\n');
}

/** The page with the picture of today in place of the one that it has. */
export function withRoomPicture(page: string): string {
  const start = page.indexOf('flowchart TD');
  return page.slice(0, start) + roomPicture() + page.slice(page.indexOf('\n```', start));
}

function nearestOf(room: string): string[] {
  const allowed = drawnImports(room);
  return allowed.filter((target) => !allowed.some((between) => between !== target && reaches(between, target)));
}

function reaches(from: string, target: string): boolean {
  return drawnImports(from).some((next) => next === target || reaches(next, target));
}

function drawnImports(room: string): string[] {
  return (ALLOWED_IMPORTS[room] ?? []).filter((target) => DRAWN.includes(target));
}

function nodeOf(room: string): string {
  return room.replaceAll('.', '_');
}
