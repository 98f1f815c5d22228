import { CONFIG_COMMANDS } from '../../../../src/cli/config/config.commands.js';
import { DEAD_LETTER_COMMANDS } from '../../../../src/cli/dead-letters/dead-letters.commands.js';
import { EVENT_COMMANDS } from '../../../../src/cli/events/events.commands.js';
import { PLUGIN_COMMANDS } from '../../../../src/cli/plugins/plugins.commands.js';
import { STORE_COMMANDS } from '../../../../src/cli/store/store.commands.js';
import { SUBSCRIPTION_COMMANDS } from '../../../../src/cli/subscriptions/subscriptions.commands.js';
import { OPERATIONS } from '../../../../src/management/operations/index.js';

const GROUPS = [
  CONFIG_COMMANDS,
  DEAD_LETTER_COMMANDS,
  EVENT_COMMANDS,
  PLUGIN_COMMANDS,
  STORE_COMMANDS,
  SUBSCRIPTION_COMMANDS,
];

describe('the table of operations', () => {
  it('has each name once, as group and verb', () => {
    const names = OPERATIONS.map(({ name }) => name);

    expect(names).toEqual([...new Set(names)]);
    expect(names.filter((name) => !/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/.test(name))).toEqual([]);
  });

  it('lets nobody change anything with a permission to read', () => {
    const changing = OPERATIONS.filter(({ changes }) => changes);

    expect(changing.length).toBeGreaterThan(0);
    expect(changing.filter(({ permission }) => permission === 'read' || permission === 'payload')).toEqual([]);
  });

  it('gives the words of an operation to the command of its name', () => {
    const commands = GROUPS.flatMap((group) =>
      group.commands.map(({ name, text }) => [`${group.name}.${name}`, text] as const),
    );
    const texts = new Map<string, string>(commands);
    const shared = OPERATIONS.filter(({ name }) => texts.has(name));

    expect(shared.length).toBeGreaterThan(8);
    expect(shared.filter(({ name, text }) => texts.get(name) !== text)).toEqual([]);
  });
});
