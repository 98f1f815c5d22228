import { IsArray } from 'class-validator';
import { ConfigurationDocument, describeProblem, IsByteSize, IsDuration } from '../../../../src/config/index.js';

class Waiting {
  @IsDuration() wait = 1;
}

class Holding {
  @IsByteSize() hold = 1;
}

function bound<T extends object>(type: new () => T, text: string): T | string[] {
  const { value, problems } = ConfigurationDocument.parse({ file: 'f.yaml', text, environment: {} }).bind(type, []);
  return value ?? problems.map(describeProblem);
}

/** Not "but is a text": a text is what it may be. */
const ANOTHER_FORM =
  '; this text has another form: write each number with one of d, h, m, s, ms directly after it, the longest unit first';

describe('a duration', () => {
  it.each([
    ['0', 0],
    ['30', 30],
    ['0.5', 0.5],
    ['250ms', 0.25],
    ['100ms', 0.1],
    ['1ms', 0.001],
    ['30s', 30],
    ['1.5s', 1.5],
    ['5m', 300],
    ['1h30m', 5_400],
    ['1h30m15s250ms', 5_415.25],
    ['2d', 172_800],
  ])('written as %s is so many seconds', (written, wait) => {
    expect(bound(Waiting, `wait: ${written}\n`)).toEqual({ wait });
  });

  it.each([
    ['"30"', ', but is a text: remove the quotes'],
    ['30 s', ANOTHER_FORM],
    ['" 30s"', ANOTHER_FORM],
    ['30S', ANOTHER_FORM],
    ['5min', ANOTHER_FORM],
    ['1m1h', ANOTHER_FORM],
    ['1s1s', ANOTHER_FORM],
    ['s', ANOTHER_FORM],
    ['-5s', ANOTHER_FORM],
    ['1e3s', ANOTHER_FORM],
    ['05s', ANOTHER_FORM],
    ['1_000s', ANOTHER_FORM],
    ['12:30', ANOTHER_FORM],
    ['.5s', ANOTHER_FORM],
    ['true', ', but is true or false'],
    ['[30s]', ', but is a list'],
  ])('is not guessed from %s', (written, found) => {
    expect(bound(Waiting, `wait: ${written}\n`)).toEqual([
      expect.stringContaining(`wait: must be a number of seconds or a text such as 250ms, 30s, 5m or 1h30m${found}`),
    ]);
  });

  it.each(['.inf', '.nan', '1e999'])('is a number that ends: %s is none', (written) => {
    expect(bound(Waiting, `wait: ${written}\n`)).toEqual([expect.stringContaining('must be a number of seconds')]);
  });

  it('has limits that are told with units, and is not below zero', () => {
    class Limited {
      @IsDuration({ min: '250ms', max: '1h' }) wait = 1;
    }
    expect(bound(Limited, 'wait: 100ms\n')).toEqual(['f.yaml:1:7  wait: must not be less than 250ms']);
    expect(bound(Limited, 'wait: 3601\n')).toEqual(['f.yaml:1:7  wait: must not be more than 1h']);
    expect([bound(Limited, 'wait: 250ms\n'), bound(Limited, 'wait: 1h\n')]).toEqual([{ wait: 0.25 }, { wait: 3_600 }]);
    expect(bound(Waiting, 'wait: -1\n')).toEqual(['f.yaml:1:7  wait: must not be less than 0s']);
  });
});

describe('a size', () => {
  it.each([
    ['0', 0],
    ['512', 512],
    ['1B', 1],
    ['1kB', 1_000],
    ['1KB', 1_000],
    ['10MB', 10_000_000],
    ['1KiB', 1_024],
    ['1.5MiB', 1_572_864],
    ['2GiB', 2_147_483_648],
    ['1TB', 1e12],
  ])('written as %s is so many bytes', (written, hold) => {
    expect(bound(Holding, `hold: ${written}\n`)).toEqual({ hold });
  });

  it.each([
    '10 MB',
    '10M',
    '10mb',
    '10Mb',
    '0.5B',
    '1.0001kB',
    '-1MB',
    '99999TiB',
    'MB',
    '1e3MB',
    '1constructor',
    '1.5',
  ])('is not guessed from %s', (written) => {
    expect(bound(Holding, `hold: ${written}\n`)).toEqual([
      expect.stringContaining('hold: must be a number of bytes or a text such as 500kB, 10MB or 1MiB'),
    ]);
  });

  it('has limits that are told with units', () => {
    class Limited {
      @IsByteSize({ min: 1, max: '1MiB' }) hold = 1;
    }
    expect(bound(Limited, 'hold: 2MB\n')).toEqual(['f.yaml:1:7  hold: must not be more than 1MiB']);
    expect(bound(Limited, 'hold: 0\n')).toEqual(['f.yaml:1:7  hold: must not be less than 1 byte']);
  });
});

describe('a limit that is none', () => {
  it('is refused while the class is defined', () => {
    expect(() => IsDuration({ max: '5 minutes' })).toThrow(RangeError);
    expect(() => IsByteSize({ min: 0.5 })).toThrow(RangeError);
  });
});

describe('a text with a unit', () => {
  it('stays text where the setting is something else', () => {
    class Free {
      @IsArray() list: unknown[] = [];
    }
    expect(bound(Free, 'list: [30s]\n')).toEqual({ list: ['30s'] });
  });
});
