import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { IsDate, IsInt, IsString } from 'class-validator';
import { classProblems, Nested } from '../../../src/config/index.js';

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

  it('is let pass where it changes nothing', () => {
    expect(classProblems(Harmless)).toEqual([]);
  });
});
