import { readFile } from 'node:fs/promises';
import type { Type } from '@nestjs/common';
import {
  bindOrThrow,
  ConfigurationDocument,
  loadConfiguration,
  locateDirectories,
} from '../../../../src/config/index.js';
import { PluginSection } from '../../../../src/host/plugin-section.js';
import { ServerOptions } from '../../../../src/lifecycle/options/server.options.js';
import { ExampleConfig } from '../../../../src/plugins/example/example.config.js';
import { NoiseReductionConfig } from '../../../../src/plugins/noise-reduction/noise-reduction.config.js';
import { RecordingsConfig } from '../../../../src/plugins/recordings/recordings.config.js';
import { TranscriptionConfig } from '../../../../src/plugins/transcription/transcription.config.js';

const PLUGINS: Record<string, Type<object>> = {
  example: ExampleConfig,
  recordings: RecordingsConfig,
  'noise-reduction': NoiseReductionConfig,
  transcription: TranscriptionConfig,
};

/** The file as it ships, with every option that is commented out switched on. */
async function withAllOptions(file: string): Promise<ConfigurationDocument> {
  const text = await readFile(file, 'utf8');
  return ConfigurationDocument.parse({ file, text: text.replaceAll(/^( *)#(?=\S)/gm, '$1'), environment: {} });
}

describe('the files that ship', () => {
  it('change nothing as they are', async () => {
    const { host, plugins } = await loadConfiguration(locateDirectories({}), {});

    expect(bindOrThrow(host, ServerOptions, [])).toEqual(new ServerOptions());
    expect(plugins.keys([])).toEqual(Object.keys(PLUGINS));
    for (const [name, type] of Object.entries(PLUGINS)) {
      expect(bindOrThrow(plugins, PluginSection, [name])).toMatchObject({ enabled: true, required: false });
      expect(bindOrThrow(plugins, type, [name, 'settings'])).toEqual(new type());
    }
  });

  it('show every option of the server with its default', async () => {
    const document = await withAllOptions('config/panotti.yaml');

    expect(document.valueAt([])).toEqual(JSON.parse(JSON.stringify(new ServerOptions())));
  });

  it('show every option of the plugins with its default', async () => {
    const document = await withAllOptions('config/plugins.yaml');
    for (const [name, type] of Object.entries(PLUGINS)) {
      expect(Object.keys(document.valueAt([name, 'settings']) as object)).toEqual(Object.keys(new type()));
      expect(bindOrThrow(document, type, [name, 'settings'])).toEqual(new type());
    }
  });
});
