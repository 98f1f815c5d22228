import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DRAWN, roomPicture } from '../support/room-picture.js';
import { ALLOWED_IMPORTS } from './rules/allowed-imports.js';

/** In the table for what is to come: there is no such folder in `src`. */
const TO_COME = new Set(['security', 'testing']);

describe('the picture of the rooms in docs/architecture.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/architecture.md'), 'utf8');

  it('is the table of arrows, drawn (else: npm run docs)', () => {
    expect(page).toContain(`\`\`\`mermaid\n${roomPicture()}\n\`\`\``);
  });

  it('shows each room of the table', () => {
    expect(DRAWN.toSorted()).toEqual(
      Object.keys(ALLOWED_IMPORTS)
        .filter((room) => !TO_COME.has(room))
        .toSorted(),
    );
  });

  it('has no arrow that a longer way implies', () => {
    expect(roomPicture()).toContain('  plugin --> telemetry\n');
    expect(roomPicture()).not.toMatch(/plugin -->.* common/);
  });
});
