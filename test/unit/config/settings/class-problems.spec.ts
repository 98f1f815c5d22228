import { IsInt, IsString, Max, registerDecorator, ValidateNested } from 'class-validator';
import {
  bindOrThrow,
  ConfigurationDocument,
  Deprecated,
  describeProblem,
  IsDuration,
  Nested,
  type ConfigurationProblem,
} from '../../../../src/config/index.js';
import { Plugin } from '../../../../src/plugin/index.js';

function parse(text: string): ConfigurationDocument {
  return ConfigurationDocument.parse({ file: 'f.yaml', text, environment: {} });
}

/** What the author reads while the plugin's class is defined. */
function refusal(config: new () => object): string {
  try {
    Plugin({ name: 'shop', version: '1.0.0', config })(class Shop {});
  } catch (error) {
    return String(error);
  }
  return '';
}

describe('a configuration class with a mistake', () => {
  class Inner {
    @IsInt() level = 1;
    forgotten = 5;
  }

  it.each([
    [5, '@IsInt() or @IsNumber()'],
    [true, '@IsBoolean()'],
    ['a', '@IsString()'],
    [['a'], '@IsString({ each: true }) or another check of its items'],
    [new Inner(), '@Nested(() => Inner)'],
    [undefined, 'what it must be, such as @IsString(), or @Allow() for anything'],
    [{}, 'what it must be, such as @IsString(), or @Allow() for anything'],
  ])('says what to write above a field without a decorator that holds %p', (value, write) => {
    class Config {
      field = value;
    }
    expect(refusal(Config)).toContain(
      `config.field: has no decorator in the class Config, so that nothing can be written for it; write ${write} above it, or call it #field`,
    );
  });

  it('is refused when the plugin is declared, nested classes included, and what is private does not count', () => {
    class Config {
      @Nested(() => Inner) one = new Inner();
      @Nested(() => Inner) list: Inner[] = [];
      @ValidateNested() bare = new Inner();
      readonly #own = 1;

      get own(): number {
        return this.#own;
      }
    }
    const text = refusal(Config);
    expect(text).toContain('config.one.forgotten: has no decorator in the class Inner');
    expect(text).toContain('config.list.forgotten: has no decorator in the class Inner');
    expect(text).toContain(
      'config.bare: has @ValidateNested() alone, which makes no instances and so checks nothing; write @Nested',
    );
    expect(text).not.toContain('own:');
  });

  it('is refused when it is bound without a plugin', () => {
    expect(parse('level: 1\n').bind(Inner, []).problems).toMatchObject([{ code: 'CONFIG_CLASS', path: 'forgotten' }]);
    expect(() => bindOrThrow(parse(''), Inner, [])).toThrow('forgotten: has no decorator');
  });

  it('is refused for a check that would not be waited for', () => {
    class Waiting {
      token = '';
    }
    registerDecorator({
      name: 'later',
      target: Waiting,
      propertyName: 'token',
      async: true,
      validator: { validate: async () => false },
    });
    expect(refusal(Waiting)).toContain('config.token: has a check that is asynchronous');
  });

  it('may hold itself, and a class that is declared further down', () => {
    class Tree {
      @IsInt() level = 1;
      @Nested(() => Tree, { shape: 'map' }) children: Record<string, Tree> = {};
      @Nested(() => Later) later = undefined as unknown as Later;
    }
    expect(refusal(Tree)).toBe('');
    class Later {
      forgotten = 1;
    }
    expect(parse('level: 2\n').bind(Tree, []).problems).toMatchObject([{ path: 'later.forgotten' }]);
  });
});

describe('a setting by its old name', () => {
  class Retry {
    @IsInt() @Max(9) attempts = 3;
    @Deprecated({ use: 'attempts', since: '1.1.0' }) tries?: number;
  }

  class Config {
    @IsDuration({ max: '1h' }) timeout = 30;
    @Deprecated({ use: 'timeout', since: '1.2.0' }) timeoutSeconds?: number;
    @IsString() @Deprecated({ since: '2.0.0' }) colour = 'red';
    @Nested(() => Retry) retry = new Retry();
    @Nested(() => Retry) steps: Retry[] = [];
  }

  const bind = (text: string): { value: Config | undefined; problems: string[]; warnings: ConfigurationProblem[] } => {
    const { value, problems, warnings } = parse(text).bind(Config, []);
    return { value, problems: problems.map(describeProblem), warnings };
  };

  it('works as the new one does, with a warning that has the new name and the place', () => {
    const { value, problems, warnings } = bind('timeoutSeconds: 5m\nretry: { tries: 4 }\nsteps: [{}, { tries: 5 }]\n');

    expect(problems).toEqual([]);
    expect(value).toMatchObject({
      timeout: 300,
      timeoutSeconds: undefined,
      retry: { attempts: 4 },
      steps: [{ attempts: 3 }, { attempts: 5 }],
    });
    expect(warnings.map(describeProblem)).toEqual([
      'f.yaml:1:1  timeoutSeconds: is deprecated since 1.2.0; it is called "timeout" now',
      'f.yaml:2:10  retry.tries: is deprecated since 1.1.0; it is called "attempts" now',
      'f.yaml:3:15  steps[1].tries: is deprecated since 1.1.0; it is called "attempts" now',
    ]);
    expect(warnings[0]).toMatchObject({ code: 'CONFIG_DEPRECATED', fix: 'Rename it to timeout.' });
  });

  it('is checked as the new one is, and reported by the name that is written', () => {
    expect(bind('timeoutSeconds: 2h\nretry: { tries: many }\nsteps: [{ tries: 10 }]\n').problems).toEqual([
      'f.yaml:1:17  timeoutSeconds: must not be more than 1h',
      'f.yaml:2:17  retry.tries: must be an integer number, but is a text',
      'f.yaml:3:18  steps[0].tries: must not be greater than 9',
    ]);
  });

  it('is a problem beside the new one, also in another layer', () => {
    expect(bind('timeout: 5\ntimeoutSeconds: 6\n').problems).toEqual([
      'f.yaml:2:1  timeoutSeconds: is the old name of "timeout", which is given too, in f.yaml:1',
    ]);
    const layered = parse('timeoutSeconds: 6\n').withObject({ label: 'code', value: { timeout: 5 } });
    expect(layered.bind(Config, []).problems.map(describeProblem)).toEqual([
      'f.yaml:1:1  timeoutSeconds: is the old name of "timeout", which is given too, in code:1',
    ]);
    expect(bind('timeout: 5\ntimeoutSeconds: null\n').problems).toEqual([]);
  });

  it('without a new one is a setting like any other, with a warning', () => {
    const { value, warnings } = bind('colour: blue\n');
    expect(value).toMatchObject({ colour: 'blue' });
    expect(warnings.map(describeProblem)).toEqual([
      'f.yaml:1:1  colour: is deprecated since 2.0.0 and is going to be removed',
    ]);
  });

  it('is not suggested, and warns of nothing that is not written', () => {
    expect(bind('timeotSeconds: 1\n').problems).toEqual([
      'f.yaml:1:1  timeotSeconds: is unknown; known are retry, steps, timeout',
    ]);
    expect(bind('timeout: 1\n').warnings).toEqual([]);
  });

  it('must lead to a setting of the class', () => {
    class Lost {
      @Deprecated({ use: 'nowhere', since: '1.0.0' }) old?: number;
    }
    expect(refusal(Lost)).toContain(
      "config.old: has @Deprecated({ use: 'nowhere' }), which is no other setting of the class",
    );
  });
});
