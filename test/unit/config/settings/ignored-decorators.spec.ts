import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { IsDate, IsDefined, IsInt, IsOptional, IsString } from 'class-validator';
import { Secret } from '../../../../src/common/index.js';
import { classProblems, IsSecret, Nested } from '../../../../src/config/index.js';

class Inner {
  @Transform(({ value }) => value as unknown) @IsString() text = '';
}

class Written {
  @Transform(({ value }) => Number(value)) @IsInt() transformed = 1;
  @Expose({ name: 'max-notes' }) @IsInt() renamed = 1;
  @Expose({ groups: ['admin'] }) @IsInt() grouped = 1;
  @Exclude() @IsInt() excluded = 1;
  @Type(() => Date) @IsDate() since = new Date(0);
  @Type(() => Number) @IsInt() converted = 1;
  @Nested(() => Inner) inner = new Inner();
}

class Harmless {
  @Expose() @IsInt() exposed = 1;
  @Nested(() => Plain) one = new Plain();
  @Nested(() => Plain) many: Plain[] = [];
}

class Plain {
  @IsInt() level = 1;
}

class Heir extends Written {}

describe('a decorator of class-transformer in a configuration class', () => {
  it.each([
    ['transformed', '@Transform()', 'compute the value'],
    ['renamed', '@Expose()', '@Deprecated()'],
    ['grouped', '@Expose()', 'call the field'],
    ['excluded', '@Exclude()', '#name'],
    ['since', '@Type()', '@IsISO8601()'],
    ['converted', '@Type()', '@Nested'],
    ['inner.text', '@Transform()', 'compute the value'],
  ])('is refused on %s when the class is defined, with what to write', (field, decorator, instead) => {
    for (const type of [Written, Heir]) {
      const problem = classProblems(type).find((one) => one.field === field);
      expect(problem?.message).toContain(decorator);
      expect(problem?.message).toContain(instead);
    }
  });

  class Unreachable {
    @IsDefined() date = new Date(0);
    @IsDate() checked!: Date;
    @IsOptional() @IsDate() optional: Date | undefined;
    @IsString({ each: true }) map = new Map<string, string>();
    @IsString({ each: true }) set = new Set<string>();
    @IsDefined() pattern = /x/;
    @IsDefined() address = new URL('http://localhost');
    @IsDefined() bytes = Buffer.from('x');
    @IsDefined() big = 5n;
    @IsDefined() call = (): number => 1;
    @IsSecret({ each: true }) secrets: Record<string, Secret> = {};
  }
  class UndecoratedDate {
    since = new Date(0);
  }

  it.each([
    ['date', 'a Date', '@IsISO8601()'],
    ['checked', '@IsDate()', '@IsISO8601()'],
    ['optional', '@IsDate()', '@IsISO8601()'],
    ['map', 'a Map', 'a plain object'],
    ['set', 'a Set', 'a list'],
    ['pattern', 'a RegExp', 'a text'],
    ['address', 'a URL', 'a text'],
    ['bytes', 'bytes', 'decode it'],
    ['big', 'a bigint', 'a number'],
    ['call', 'a function', 'a name'],
    ['secrets', '@IsSecret({ each: true }) on a map', "@Nested(() => Class, { shape: 'map' })"],
  ])(
    'is not the only way to a type that YAML cannot give: %s is refused too, with what to write',
    (field, what, instead) => {
      const found = classProblems(Unreachable).filter((one) => one.field === field);
      expect(found).toEqual([{ field, message: expect.stringContaining(what) as string }]);
      expect(found[0]?.message).toContain(instead);
    },
  );

  it('is not advised for a date without any decorator', () => {
    expect(classProblems(UndecoratedDate)).toEqual([
      { field: 'since', message: expect.stringContaining('@IsISO8601()') as string },
    ]);
  });

  it('is let pass where it changes nothing', () => {
    expect(classProblems(Harmless)).toEqual([]);
  });
});
