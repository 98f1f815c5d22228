import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import * as config from '../../../../src/config/index.js';
import * as host from '../../../../src/host/index.js';
import * as lifecycle from '../../../../src/lifecycle/index.js';
import * as plugin from '../../../../src/plugin/index.js';
import * as example from '../../../../src/plugins/example/index.js';
import * as noiseReduction from '../../../../src/plugins/noise-reduction/index.js';
import * as recordings from '../../../../src/plugins/recordings/index.js';
import * as transcription from '../../../../src/plugins/transcription/index.js';
import { configurationPages, shippedReference } from '../../../support/configuration-pages.js';

const sources = { config, host, lifecycle, plugin, plugins: [example, noiseReduction, recordings, transcription] };
const reference = shippedReference(sources);

/** What an editor does with the file that names `definition` in its first line. */
async function editorErrors(definition: 'panotti' | 'plugins', yaml: string): Promise<string[]> {
  const schema = JSON.parse(await readFile('config/schema.json', 'utf8')) as object;
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictRequired: false });
  ajv.addSchema(schema, 'schema.json');
  const validate = ajv.compile({ $ref: `schema.json#/$defs/${definition}` });
  const isValid = validate(parse(yaml));
  return isValid ? [] : (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

function withAllOptions(yaml: string): string {
  return yaml.replaceAll(/^( *)#(?=\S)/gm, '$1');
}

describe('what is made from the configuration classes', () => {
  it.each(Object.entries(configurationPages(sources)))(
    'stands in %s as the classes are (else: npm run docs)',
    async (path, text) => {
      expect(await readFile(path, 'utf8')).toBe(text);
    },
  );

  it('is, for each shipped plugin, the very section that config/plugins.yaml has', async () => {
    const yaml = await readFile('config/plugins.yaml', 'utf8');

    expect(reference.plugins.map(({ name }) => name)).toEqual([
      'example',
      'noise-reduction',
      'recordings',
      'transcription',
    ]);
    for (const one of reference.plugins) expect(yaml).toContain(`\n\n${config.sectionTemplate(reference, one)}`);
  });
});

describe('the JSON Schema', () => {
  it.each(['panotti', 'plugins'] as const)(
    'is named in the first line of %s.yaml, and takes that file as it ships and with every option on',
    async (name) => {
      const yaml = await readFile(`config/${name}.yaml`, 'utf8');

      expect(yaml.split('\n')[0]).toBe(`# yaml-language-server: $schema=./schema.json#/$defs/${name}`);
      expect(await editorErrors(name, yaml)).toEqual([]);
      expect(await editorErrors(name, withAllOptions(yaml))).toEqual([]);
    },
  );

  it.each([
    ['panotti', ''],
    ['panotti', 'http:\n'],
    ['panotti', 'http: { port: "${PORT:-3000}", docs: "${DOCS}", prefix: "${PREFIX:-api}" }'],
    ['panotti', 'http: { port: null }'],
    ['panotti', 'plugins: { packages: ["${NAME}"] }'],
    ['panotti', 'telemetry: { logLevel: "${LEVEL:-info}" }'],
    ['plugins', 'example: { enabled: "${ON:-true}", version: ^1.0.0, startTimeout: 5, settings: }'],
    ['plugins', 'example: { settings: { featureFlags: } }'],
  ] as const)('takes in %s.yaml what the server takes: %s', async (definition, yaml) => {
    expect(await editorErrors(definition, yaml)).toEqual([]);
  });

  it.each([
    ['panotti', 'htp: {}', ' additionalProperties'],
    ['panotti', 'http: []', '/http type'],
    ['panotti', 'http: { port: "3000" }', '/http/port type'],
    ['panotti', 'http: { port: 3.5 }', '/http/port type'],
    ['panotti', 'http: { port: 70000 }', '/http/port maximum'],
    ['panotti', 'http: { docs: "yes" }', '/http/docs type'],
    ['panotti', 'http: { prefix: /api/ }', '/http/prefix pattern'],
    ['panotti', 'telemetry: { logLevel: loud }', '/telemetry/logLevel enum'],
    ['panotti', 'plugins: { directories: ../my-plugins }', '/plugins/directories type'],
    ['panotti', 'plugins: { packages: [5] }', '/plugins/packages/0 type'],
    ['plugins', 'exampel: {}', ' additionalProperties'],
    ['plugins', 'example: { enabld: true }', '/example additionalProperties'],
    ['plugins', 'example: { settings: { maxNotes: 0 } }', '/example/settings/maxNotes minimum'],
    ['plugins', 'example: { settings: { __proto: 1 } }', '/example/settings additionalProperties'],
    ['plugins', 'example: { settings: { title: "" } }', '/example/settings/title minLength'],
    ['plugins', 'example: { settings: { blockedWords: { a: 1 } } }', '/example/settings/blockedWords type'],
    [
      'plugins',
      'example: { settings: { featureFlags: { enableCaching: 1 } } }',
      '/example/settings/featureFlags/enableCaching type',
    ],
  ] as const)('refuses in %s.yaml: %s', async (definition, yaml, error) => {
    expect(await editorErrors(definition, yaml)).toContain(error);
  });
});
