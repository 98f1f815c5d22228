import { IsInt, IsString } from 'class-validator';
import { ConfigurationDocument, describeProblem, Nested } from '../../../../src/config/index.js';

class Retry {
  @IsInt() attempts = 1;
  @IsString() name!: string;
}

class Settings {
  @Nested(() => Retry) retry = new Retry();
  @Nested(() => Retry) steps: Retry[] = [];
  @Nested(() => Retry, { shape: 'map' }) named: Record<string, Retry> = {};
}

function parse(text: string): ConfigurationDocument {
  return ConfigurationDocument.parse({ file: 'f.yaml', text, environment: {} });
}

function problems(text: string, path: string[] = []): string[] {
  return parse(text).bind(Settings, path).problems.map(describeProblem);
}

describe('the place of a problem', () => {
  it('is inside the anchor when the value came through an alias', () => {
    expect(problems('base: &base\n  name: 5\nuse: { retry: *base }\n', ['use'])).toEqual([
      'f.yaml:2:9  use.retry.name: must be a string, but is a number',
    ]);
  });

  it('is inside the merged map when the value came through a merge key, and the key itself wins over it', () => {
    const text = 'base: &base { name: a, attempts: many, tries: 1 }\nuse:\n  retry:\n    <<: *base\n    name: 7\n';
    expect(problems(text, ['use'])).toEqual([
      'f.yaml:1:34  use.retry.attempts: must be an integer number, but is a text',
      'f.yaml:1:40  use.retry.tries: is unknown; known are attempts, name',
      'f.yaml:5:11  use.retry.name: must be a string, but is a number',
    ]);
  });

  it('follows a list of merged maps, of which the first wins', () => {
    const text = 'a: &a { x: 1 }\nb: &b { x: 2, y: 3 }\nc:\n  <<: [*a, *b]\n  z: 4\n';
    const document = parse(text);

    expect(document.valueAt(['c'])).toEqual({ x: 1, y: 3, z: 4 });
    expect(document.problemAt(['c', 'y'], 'm', 'key')).toMatchObject({ line: 2, column: 15 });
  });

  it('is the key of the alias when something is missing in what the alias stands for', () => {
    expect(problems('base: &base { attempts: 2 }\nuse:\n  retry: *base\n', ['use'])).toEqual([
      'f.yaml:3:3  use.retry.name: is missing: must be a string',
    ]);
  });

  it('is the item for lists of classes, in block and in flow style', () => {
    const text = 'retry: { name: a }\nsteps:\n  - name: ok\n  - attempts: 2\n  - { name: [], attemps: 1 }\n  - text\n';
    expect(problems(text)).toEqual([
      'f.yaml:4:5  steps[1].name: is missing: must be a string',
      'f.yaml:5:13  steps[2].name: must be a string, but is a list',
      'f.yaml:5:17  steps[2].attemps: is unknown; did you mean "attempts"?',
      'f.yaml:6:5  steps[3]: must be a map, but is a text',
    ]);
  });

  it('is the entry for maps of named classes', () => {
    expect(problems('retry: { name: a }\nnamed:\n  "two words": { name: 1 }\n  empty:\n  wrong: 5\n')).toEqual([
      'f.yaml:3:24  named["two words"].name: must be a string, but is a number',
      'f.yaml:4:3  named.empty.name: is missing: must be a string',
      'f.yaml:5:10  named.wrong: must be a map, but is a number',
    ]);
  });

  it('is the label at 1:1 for an object given in code', () => {
    const document = ConfigurationDocument.fromObject({
      label: 'forRoot()',
      value: { use: { retry: { name: 5 } } },
      pathPrefix: 'plugins',
    });

    expect(document.bind(Settings, ['use']).problems).toMatchObject([
      {
        file: 'forRoot()',
        line: 1,
        column: 1,
        path: 'plugins.use.retry.name',
        message: 'must be a string, but is a number',
      },
    ]);
  });

  it('shows keys without control characters and not at full length', () => {
    const text = `"a\\e[31m\\n": 1\n"b\\u009b\\u202e": 1\n? "${'k'.repeat(2000)}"\n: 1\n`;
    const { problems: found } = parse(text).bind(Retry, []);

    expect(found.map(({ path }) => path)).toEqual(['["a\\u001b[31m\\n"]', 'name', '["b??"]', `["${'k'.repeat(60)}…"]`]);
  });
});
