import { IsInt, IsString, Max } from 'class-validator';
import { ConfigurationDocument, renderProblems, type ConfigurationProblem } from '../../../../src/config/index.js';

class Settings {
  @IsInt() @Max(10) level = 1;
  @IsString() name = '';
  @IsInt() apiToken = 1;
}

function problemsOf(text: string): ConfigurationProblem[] {
  const document = ConfigurationDocument.parse({ file: 'f.yaml', text, environment: {} });
  return [...document.problems, ...document.bind(Settings, []).problems];
}

function rendered(text: string): string[] {
  return renderProblems(problemsOf(text), { textOf: (file) => (file === 'f.yaml' ? text : undefined) }).split('\n');
}

describe('the report for a terminal', () => {
  it('shows the line of each problem with a mark below its place, and what to do', () => {
    expect(rendered('level: 11\nnam: x\n')).toEqual([
      'f.yaml:1:8  level: must not be greater than 10',
      '  1 | level: 11',
      '    |        ^',
      '  Fix: Write a value that is allowed.',
      '',
      'f.yaml:2:1  nam: is unknown; did you mean "name"?',
      '  2 | nam: [masked]',
      '    | ^',
      '  Fix: Write "name", or remove it.',
    ]);
  });

  it.each([
    ['apiToken: hunter2\n', '  1 | apiToken: [masked]'],
    ['"my password": hunter2\n', '  1 | "my password": [masked]'],
    ['level: postgres://user:hunter2@host\n', '  1 | level: [masked]'],
    ['level: @hunter2\n', '  1 | level: [masked]'],
  ])('shows nothing of a value that may be secret: %j', (text, line) => {
    const report = rendered(text);
    expect(report).toContain(line);
    expect(report.join('\n')).not.toContain('hunter2');
  });

  it.each(['hunter2\n', '- hunter2\nlevel: 1\n', '{ level: x, secret: hunter2 }\n', 'level: 1\n  hunter2\n'])(
    'shows no line at all where it is not clear which part of it is a value: %j',
    (text) => {
      expect(rendered(text).join('\n')).not.toContain('hunter2');
    },
  );

  it('masks a line whose setting is kept secret whatever it is called', () => {
    const [problem] = problemsOf('level: 4711\n'.replace('4711', 'hunter2'));
    const report = renderProblems([{ ...(problem as ConfigurationProblem), isSecret: true }], {
      textOf: () => 'level: hunter2',
    });
    expect(report).toContain('level: [masked]');
    expect(report).not.toContain('hunter2');
  });

  it('shows no control character, and of a long line the part around the place', () => {
    const long = rendered(`{ name: "${'x'.repeat(500)}", level: a }\n`);
    expect(long[1]?.length).toBeLessThan(140);
    expect(long[1]?.[long[2]?.indexOf('^') ?? -1]).toBe('a');
    expect(rendered('level: "\u202ea\u007f"\n')[1]).toBe('  1 | level: "?a?"');
  });

  it('has no line where there is no file', () => {
    const document = ConfigurationDocument.fromObject({ label: '(code)', value: { level: 'x' } });
    expect(renderProblems(document.bind(Settings, []).problems).split('\n')).toHaveLength(2);
  });
});

describe('the report for machines', () => {
  it('is plain data with a code, a place, a fix, and the keys that are known', () => {
    expect(JSON.parse(JSON.stringify(problemsOf('nam: 1\nlevel: "5"\n')))).toEqual([
      {
        code: 'CONFIG_UNKNOWN_KEY',
        file: 'f.yaml',
        line: 1,
        column: 1,
        path: 'nam',
        message: 'is unknown; did you mean "name"?',
        fix: 'Write "name", or remove it.',
        knownKeys: ['apiToken', 'level', 'name'],
        suggestion: 'name',
      },
      {
        code: 'CONFIG_WRONG_TYPE',
        file: 'f.yaml',
        line: 2,
        column: 8,
        path: 'level',
        message: 'must be an integer number, but is a text: remove the quotes',
        fix: 'Write a value of the type that is asked for.',
      },
    ]);
  });
});
