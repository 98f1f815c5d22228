import {
  Allow,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmptyObject,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import {
  bindOrThrow,
  ConfigurationDocument,
  ConfigurationError,
  describeProblem,
  Nested,
} from '../../../../src/config/index.js';

class Flags {
  @IsBoolean() caching = true;
  @IsInt() level = 1;
}

class Outer {
  @IsString() name = 'outer';
  @Nested(() => Flags) flags = Object.assign(new Flags(), { level: 7 });
  @Nested(() => Flags) list: Flags[] = [new Flags()];
  @Nested(() => Flags, { shape: 'map' }) named: Record<string, Flags> = { first: new Flags() };
  @IsObject() free: object = { default: true };
}

function parse(text: string): ConfigurationDocument {
  return ConfigurationDocument.parse({ file: 'f.yaml', text, environment: {} });
}

/** Binds the top level of the text; the lines of the report, or the value. */
function bound<T extends object>(type: new () => T, text: string): T | string[] {
  const { value, problems } = parse(text).bind(type, []);
  expect(value === undefined).toBe(problems.length > 0);
  return value ?? problems.map(describeProblem);
}

describe('binding to a class', () => {
  it('fills what is not written with the initialisers, key by key, in nested classes too', () => {
    const value = bound(Outer, 'flags: { caching: false }\nnamed: { second: { level: 2 } }\n');

    expect(value).toBeInstanceOf(Outer);
    expect(value).toEqual({
      name: 'outer',
      flags: { caching: false, level: 7 },
      list: [{ caching: true, level: 1 }],
      named: { first: { caching: true, level: 1 }, second: { caching: true, level: 2 } },
      free: { default: true },
    });
    expect((value as Outer).flags).toBeInstanceOf(Flags);
    expect((value as Outer).named['second']).toBeInstanceOf(Flags);
  });

  it('replaces lists and free objects as a whole', () => {
    expect(bound(Outer, 'list: [{ level: 2 }, {}]\nfree: { other: 1 }\n')).toMatchObject({
      list: [
        { caching: true, level: 2 },
        { caching: true, level: 1 },
      ],
      free: { other: 1 },
    });
    expect(bound(Outer, 'free: { other: 1 }\n')).not.toMatchObject({ free: { default: true } });
  });

  it('takes null as "the default"', () => {
    expect(bound(Outer, 'name:\nflags: ~\nlist: null\n')).toEqual(new Outer());
  });

  it('freezes the instance and all that it holds', () => {
    const value = bound(Outer, 'free: { deep: [{ a: 1 }] }\n') as Outer;

    expect(
      [value, value.flags, value.list, value.list[0], value.named['first'], value.free].every((part) =>
        Object.isFrozen(part),
      ),
    ).toBe(true);
    expect(Object.isFrozen((value.free as { deep: object[] }).deep[0])).toBe(true);
  });

  it('leaves the document, and defaults that instances share, as they were', () => {
    const shared = new Flags();
    class Sharing {
      @Nested(() => Flags) flags = shared;
    }
    const document = parse('flags: { level: 5 }\n');
    const first = document.bind(Sharing, []).value;
    const written = document.valueAt(['flags']) as { level: number };
    written.level = 9;

    expect(first?.flags.level).toBe(5);
    expect(shared).toEqual({ caching: true, level: 1 });
    expect(document.bind(Sharing, []).value).toEqual({ flags: { caching: true, level: 5 } });
    expect(document.valueAt(['flags'])).toEqual({ level: 5 });
  });

  it('converts nothing', () => {
    class Strict {
      @IsInt() whole = 1;
      @IsBoolean() flag = true;
      @IsString() text = '';
    }
    expect(bound(Strict, 'whole: "5"\nflag: "false"\ntext: 12\n')).toEqual([
      'f.yaml:1:8  whole: must be an integer number, but is a text: remove the quotes',
      'f.yaml:2:7  flag: must be a boolean value, but is a text: remove the quotes',
      'f.yaml:3:7  text: must be a string, but is a number',
    ]);
    expect(bound(Strict, 'whole: 1.5\nflag: 0\ntext: 2001-01-01\n')).toEqual([
      'f.yaml:1:8  whole: must be an integer number',
      'f.yaml:2:7  flag: must be a boolean value, but is a number',
    ]);
  });

  it.each([
    ['[]', 'f.yaml:1:7  one: must be a map, but is a list'],
    ['5', 'f.yaml:1:7  one: must be a map, but is a number'],
    ['', 'f.yaml:1:1  one: is missing: must be a map'],
  ])('does not let %p pass as a nested object', (written, problem) => {
    class Needs {
      @Nested(() => Flags) one!: Flags;
    }
    expect(bound(Needs, `one:  ${written}\n`)).toEqual([problem]);
  });

  it('does not let one object pass as a list of them, and checks the list itself', () => {
    class Listing {
      @Nested(() => Flags) @ArrayMinSize(1) list!: Flags[];
    }
    expect(bound(Listing, 'list: { level: 1 }\n')).toEqual(['f.yaml:1:7  list: must be a list of maps, but is a map']);
    expect(bound(Listing, 'list: []\n')).toEqual(['f.yaml:1:7  list: must contain at least 1 elements']);
    expect(bound(Listing, '')).toEqual(['f.yaml:1:1  list: is missing: must be a list of maps']);
  });

  it('does not let one value pass where each item is checked', () => {
    class Tags {
      @IsString({ each: true }) tags: string[] = [];
    }
    expect(bound(Tags, 'tags: one\n')).toEqual(['f.yaml:1:7  tags: must be a list, but is a text']);
    expect(bound(Tags, 'tags: [one, 2]\n')).toEqual(['f.yaml:1:7  tags: each value must be a string']);
  });

  it('accepts what is optional and not written', () => {
    class Optional {
      @IsOptional() @IsInt() port?: number;
      @IsOptional() @Nested(() => Flags) flags?: Flags;
    }
    expect(bound(Optional, '')).toEqual({ port: undefined, flags: undefined });
    expect(bound(Optional, 'flags: {}\nport: 5\n')).toEqual({ port: 5, flags: { caching: true, level: 1 } });
  });

  it('inherits settings, and knows the keys of the class only', () => {
    class Parent {
      @IsInt() a = 1;
      readonly #notASetting = 5;

      get twice(): number {
        return this.#notASetting * 2;
      }
    }
    class Child extends Parent {
      @IsInt() b = 2;
    }
    expect(bound(Child, 'a: 3\n')).toMatchObject({ a: 3, b: 2, twice: 10 });
    expect(bound(Child, 'twice: 3\n')).toEqual(['f.yaml:1:1  twice: is unknown; known are a, b']);
  });

  it('accepts a class without settings, and refuses every key of it', () => {
    class Empty {}
    expect(bound(Empty, '')).toBeInstanceOf(Empty);
    expect(bound(Empty, 'a: 1\n')).toEqual(['f.yaml:1:1  a: is unknown; there is nothing to set here']);
  });

  it('gives free objects an ordinary prototype, so that checks and plugins can use them', () => {
    class Free {
      @IsNotEmptyObject() headers: object = { a: 1 };
      @Allow() anything: unknown;
    }
    expect(bound(Free, 'headers: { b: 2 }\nanything: [1, { c: 3 }]\n')).toStrictEqual(
      Object.assign(new Free(), { headers: { b: 2 }, anything: [1, { c: 3 }] }),
    );
  });

  it('blames the class when a default does not pass its own check', () => {
    class Wrong {
      @Min(5) level = 1;
    }
    expect(bound(Wrong, '')).toEqual(['f.yaml:1:1  level: the default does not pass: must not be less than 5']);
  });

  it('says what to write instead of a bare @ValidateNested', () => {
    class Bare {
      @ValidateNested() flags = new Flags();
    }
    expect(bound(Bare, 'flags: { level: x }\n')).toEqual([
      'f.yaml:1:1  flags: has @ValidateNested() alone, which makes no instances and so checks nothing; write @Nested(() => Class) in its place',
    ]);
  });
});

describe('a configuration class that throws', () => {
  class Explosive {
    @IsInt() a = 1;
    constructor() {
      throw new Error('boom');
    }
  }

  it('is a problem and not a crash when it is made', () => {
    class Around {
      @Nested(() => Explosive) inner!: Explosive;
    }
    expect(bound(Explosive, 'a: 2\n')).toEqual(['f.yaml:1:1  (document): the class Explosive cannot be made: boom']);
    expect(bound(Around, 'inner: { a: 2 }\n')).toEqual(['f.yaml:1:8  inner: the class Explosive cannot be made: boom']);
  });

  it('is a problem, without the value, when a setter or a check throws', () => {
    class Setter {
      @IsString() set token(value: string) {
        throw new TypeError(`bad ${value}`);
      }
    }
    class Check {
      @ValidateBy({
        name: 'throws',
        validator: {
          validate: (value) => {
            throw new RangeError(`bad ${String(value)}`);
          },
        },
      })
      token = '';
    }
    expect(bound(Setter, 'token: hunter2\n')).toEqual([
      'f.yaml:1:8  token: cannot be set: the class Setter threw TypeError',
    ]);
    expect(bound(Check, 'token: hunter2\n')).toEqual([
      'f.yaml:1:1  (document): a check of the class Check threw RangeError',
    ]);
  });
});

describe('a message', () => {
  it('does not repeat the name that the path ends with', () => {
    class Named {
      @Min(5, { message: 'level must be high' }) level = 5;
      @IsInt({ each: true, message: 'each value in $property must be whole' }) list: number[] = [];
    }
    expect(bound(Named, 'level: 1\nlist: [a]\n')).toEqual([
      'f.yaml:1:8  level: must be high',
      'f.yaml:2:7  list: each value must be whole',
    ]);
  });
});

describe('values of the configuration', () => {
  it('are never in a report, whatever a message asks for', () => {
    class Leaky {
      @Matches(/^\d+$/, { message: '$value is no code for $property of $target' }) a = '1';
      @IsInt({ message: ({ value, object }) => `${String(value)} in ${JSON.stringify(object)}` }) b = 1;
      @IsIn(['x', 'y']) c = 'x';
      @Length(10, 20) d = '0123456789';
      @ValidateBy({
        name: 'own',
        validator: { validate: () => false, defaultMessage: (given) => `not ${String(given?.value)}` },
      })
      e = '';
      @IsString({ message: ({ value }) => (value as { name: string }).name }) f = '';
    }
    const secret = 'hunter2';
    const report = bound(
      Leaky,
      ['a', 'b', 'c', 'd', 'e'].map((key) => `${key}: ${secret}\n`).join('') + `f: { name: ${secret} }\n`,
    );

    expect(report).toEqual([
      'f.yaml:1:4  a: the value is no code for a of Leaky',
      'f.yaml:2:4  b: ******* in {}, but is a text',
      'f.yaml:3:4  c: must be one of the following values: x, y',
      'f.yaml:4:4  d: must be longer than or equal to 10 characters',
      'f.yaml:5:4  e: not *******',
      'f.yaml:6:4  f: must satisfy the check "isString", but is a map',
    ]);
  });

  it('are not quoted when the text is no YAML', () => {
    for (const text of [
      'password: *hunter2',
      'password: !hunter2 x',
      'password: "hunter2',
      'password: @hunter2',
      '- a\nhunter2: b',
      'hunter2',
    ]) {
      const { problems } = parse(text);
      expect(problems).not.toEqual([]);
      expect(JSON.stringify(problems)).not.toContain('hunter2');
    }
  });
});

describe('keys that reach into prototypes', () => {
  it.each(['__proto__', 'constructor', 'prototype'])('are refused everywhere and change nothing: %s', (key) => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const document = parse(
      `${key}: { polluted: 1 }\nfree: { ${key}: { polluted: 1 } }\nnamed: { ${key}: { polluted: 1 } }\n`,
    );
    const report = document.bind(Outer, []);

    expect(report.problems.map(describeProblem)).toEqual([
      `f.yaml:1:1  ${key}: is unknown; this key is never allowed`,
      `f.yaml:2:9  free.${key}: is unknown; this key is never allowed`,
      `f.yaml:3:10  named.${key}: is unknown; this key is never allowed`,
    ]);
    expect(document.keys([])).toEqual(['free', 'named']);
    expect(document.valueAt([])).toStrictEqual({ free: {}, named: {} });
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('are refused in an object given in code', () => {
    const document = ConfigurationDocument.fromObject({
      label: 'code',
      value: JSON.parse('{ "__proto__": { "a": 1 } }') as object,
    });
    expect(document.problems.map(describeProblem)).toEqual([
      'code:1:1  __proto__: is unknown; this key is never allowed',
    ]);
  });
});

describe('an error with the problems of a configuration', () => {
  it('has those of the document and of the binding, sorted, each once', () => {
    expect(bindOrThrow(parse('caching: false\n'), Flags, [])).toEqual({ caching: false, level: 1 });

    const thrown = catchError(() => bindOrThrow(parse('a: ${X}\nlevel: 1.5\nlevel: 2\n'), Flags, []));
    expect(thrown).toBeInstanceOf(ConfigurationError);
    expect((thrown as ConfigurationError).code).toBe('CONFIGURATION_INVALID');
    expect((thrown as ConfigurationError).message).toBe(
      [
        'The configuration has 3 problems:',
        '  f.yaml:1:1  a: is unknown; known are caching, level',
        '    Fix: Correct the name, or remove it.',
        '  f.yaml:1:4  a: the environment variable X is not set',
        '    Fix: Set the variable, give it a default as in ${NAME:-default}, or write $${ for the characters themselves.',
        '  f.yaml:3:1  level: is written twice; the first is in line 2',
        '    Fix: Remove all but one of them.',
        '  Fix: Correct the places named above. PANOTTI_CONFIG_DIR names the folder that is read.',
      ].join('\n'),
    );
  });

  it('accepts a list where a setting is declared with @IsArray', () => {
    class List {
      @IsArray() items: unknown[] = [];
    }
    expect(bindOrThrow(parse('items: [1, a]\n'), List, [])).toEqual({ items: [1, 'a'] });
  });
});

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
