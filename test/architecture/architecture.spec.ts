import { fileURLToPath } from 'node:url';
import { arrowViolations, doorViolations, pluginViolations } from './rules/arrows.js';
import { cycleViolations } from './rules/cycles.js';
import { effectViolations } from './rules/effects.js';
import { lengthViolations, starExportViolations } from './rules/file-shape.js';
import { folderCircles, folderViolations } from './rules/folders.js';
import { readSources } from './rules/source-file.js';

const files = readSources(fileURLToPath(new URL('../../src', import.meta.url)));

describe('the sources', () => {
  it('are found', () => {
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['common/index.ts', 'health/index.ts', 'plugin/index.ts']),
    );
  });

  it.each([
    ['point their imports downwards only', arrowViolations],
    ['enter another room by its door only', doorViolations],
    ['keep to the arrows between the folders of a room', folderViolations],
    ['of shipped plugins import what a stranger could', pluginViolations],
    ['have no import cycles', cycleViolations],
    ['have no file over 300 lines', lengthViolations],
    ['have no `export *`', starExportViolations],
    ['touch the world outside in the places made for it only', effectViolations],
  ])('%s', (_name, rule) => {
    expect(rule(files)).toEqual([]);
  });

  it('have no folders in one room that may import each other', () => {
    expect(folderCircles()).toEqual([]);
  });
});
