import { validate } from 'class-validator';
import { ExampleConfig } from '../../../src/plugins/example/index.js';
import { NoiseReductionConfig } from '../../../src/plugins/noise-reduction/index.js';
import { RecordingsConfig } from '../../../src/plugins/recordings/index.js';
import { TranscriptionConfig } from '../../../src/plugins/transcription/index.js';

describe('the settings of the shipped plugins', () => {
  it.each([ExampleConfig, NoiseReductionConfig, RecordingsConfig, TranscriptionConfig])(
    'of %p are valid by default',
    async (type) => {
      expect(await validate(new type(), { whitelist: true, forbidNonWhitelisted: true })).toEqual([]);
    },
  );

  it.each([
    [new NoiseReductionConfig(), { outputDirectory: '../outside' }],
    [new NoiseReductionConfig(), { outputDirectory: '/etc' }],
    [new NoiseReductionConfig(), { threads: 0 }],
    [new NoiseReductionConfig(), { timeout: 0 }],
    [new NoiseReductionConfig(), { featureFlags: { enableCaching: 'yes' } }],
    [new RecordingsConfig(), { maxBytes: '1000000' }],
    [new TranscriptionConfig(), { command: 'rm -rf' }],
    [new TranscriptionConfig(), { args: '{file}' }],
    [new TranscriptionConfig(), { maxTextBytes: 300_000 }],
    [new ExampleConfig(), { tone: 'rude' }],
    [new ExampleConfig(), { blockedWords: [7] }],
  ])('refuse a wrong value: %o with %o', async (config, wrong) => {
    expect((await validate(Object.assign(config, wrong))).map(({ property }) => property)).toEqual(Object.keys(wrong));
  });
});
