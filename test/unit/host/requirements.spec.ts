import { Plugin, readManifest, type PluginManifest, type PluginRequirements } from '../../../src/plugin/index.js';
import { unmetRequirements, type MachineFacts } from '../../../src/host/index.js';

const machine: MachineFacts = {
  hostVersion: '1.2.0',
  nodeVersion: '24.21.0',
  platform: 'linux',
  environment: { TOKEN: 'set', EMPTY: '' },
  hasBinary: (name) => name === 'sox',
};

function manifestRequiring(requires: PluginRequirements): PluginManifest {
  class Needy {}
  Plugin({ name: 'needy', version: '1.0.0', requires })(Needy);
  return readManifest(Needy) as PluginManifest;
}

describe('the requirements of a plugin', () => {
  it('are met by a machine that has everything', () => {
    const manifest = manifestRequiring({
      host: '^1.0.0',
      node: '>=24',
      platforms: ['darwin', 'linux'],
      binaries: ['sox'],
      env: ['TOKEN'],
    });

    expect(unmetRequirements(manifest, machine)).toEqual([]);
  });

  it('are all named at once where they are not met, with the way out', () => {
    const manifest = manifestRequiring({
      host: '^2.0.0',
      node: '>=26',
      platforms: ['win32'],
      binaries: ['sox', 'pocketsphinx_continuous'],
      env: ['TOKEN', 'EMPTY', 'ABSENT'],
    });
    const problem = (message: string, fix: string): object => ({
      code: 'PLUGIN_REQUIREMENT_UNMET',
      plugin: 'needy',
      message: `Plugin "needy" needs ${message}.`,
      fix,
    });

    expect(unmetRequirements(manifest, machine)).toEqual([
      problem(
        'Panotti ^2.0.0, and this is 1.2.0',
        'Run it with a Panotti in ^2.0.0, or install a version of the plugin for 1.2.0.',
      ),
      problem(
        'Node >=26, and this is 24.21.0',
        'Run it with a Node in >=26, or install a version of the plugin for 24.21.0.',
      ),
      problem('the platform win32, and this is linux', 'Run it there, or disable the plugin here.'),
      problem(
        'the program "pocketsphinx_continuous", which is not on the PATH',
        'Install "pocketsphinx_continuous", or put its folder on the PATH of the server.',
      ),
      problem(
        'the environment variable EMPTY, which is not set or empty',
        'Set EMPTY in the environment of the server.',
      ),
      problem(
        'the environment variable ABSENT, which is not set or empty',
        'Set ABSENT in the environment of the server.',
      ),
    ]);
  });

  it('are those of the settings where the manifest names a setting, and none where there are no settings', () => {
    const manifest = manifestRequiring({ binaries: [{ setting: 'command' }] });
    const found = (command: unknown): string[] =>
      unmetRequirements(manifest, machine, { command }).map(({ message, fix }) => `${message} ${fix}`);

    expect([unmetRequirements(manifest, machine), found('sox'), found(undefined)]).toEqual([[], [], []]);
    expect([...found('vosk'), ...found('/opt/vosk')]).toEqual([
      'Plugin "needy" needs the program "vosk", which is not on the PATH. ' +
        'Install "vosk", or put its folder on the PATH of the server, or correct plugins.needy.settings.command.',
      'Plugin "needy" needs the program /opt/vosk, which is not there or may not be run. ' +
        'Install it there, or correct plugins.needy.settings.command.',
    ]);
  });

  it.each<
    [what: string, whenMissing: 'wait' | 'report' | undefined, isRequired: boolean, isExpected: boolean | undefined]
  >([
    ['expected where the plugin says that it waits', 'wait', false, true],
    ['a problem where the operator requires the plugin', 'wait', true, undefined],
    ['a problem where the plugin says so', 'report', false, undefined],
    ['a problem by default', undefined, false, undefined],
  ])('are %s', (_what, whenMissing, isRequired, isExpected) => {
    const manifest = manifestRequiring({ binaries: [{ setting: 'command', ...(whenMissing && { whenMissing }) }] });

    expect(
      unmetRequirements(manifest, machine, { command: 'vosk' }, isRequired).map((problem) => problem.isExpected),
    ).toEqual([isExpected]);
  });

  it('count a prerelease of Node and of the host as what it leads to', () => {
    const manifest = manifestRequiring({ host: '>=1', node: '>=24' });

    expect(
      unmetRequirements(manifest, { ...machine, hostVersion: '1.3.0-rc.1', nodeVersion: '25.0.0-nightly' }),
    ).toEqual([]);
  });

  it('do not find a variable in what objects inherit', () => {
    expect(unmetRequirements(manifestRequiring({ env: ['constructor'] }), machine)).toHaveLength(1);
  });
});
