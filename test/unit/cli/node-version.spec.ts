import { readFile } from 'node:fs/promises';
import { isOlderNode, MINIMUM_NODE } from '../../../src/cli/node-version.js';

describe('the oldest Node', () => {
  it.each([
    ['24.15.0', false],
    ['24.100.0', false],
    ['24.9.9', true],
    ['25.0.0-nightly20260101', false],
    ['24.8.9', true],
    ['9.99.99', true],
    ['22.21.0', true],
  ])('%s is older: %p', (version, isOlder) => {
    expect(isOlderNode(version, '24.15.0')).toBe(isOlder);
  });

  it('is the one that package.json names', async () => {
    const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as { engines: { node: string } };

    expect(`>=${MINIMUM_NODE}`).toBe(`${engines.node}.0`);
  });
});
