/** What `typed-properties.metadata.ts` takes for granted about class-transformer and is not in its documentation. */
import { createRequire } from 'node:module';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { hasTransformations, readTypedProperties } from '../../src/events/contracts/typed-properties.metadata.js';

class Point {
  x = 1;
}

class Parent {
  @Type(() => Point) at!: Point;
}

class Child extends Parent {
  @Type(() => Date) when!: Date;
}

class Renamed {
  @Expose({ name: 'other' }) one = 1;
}

class Hidden {
  @Exclude() one = 1;
}

class Changed {
  @Transform(({ value }: { value: number }) => value + 1) one = 1;
}

describe('class-transformer', () => {
  it('keeps its storage in this file, in maps of these names', () => {
    const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
      defaultMetadataStorage: Record<string, unknown>;
    };
    for (const name of ['_typeMetadatas', '_transformMetadatas', '_exposeMetadatas', '_excludeMetadatas']) {
      expect(defaultMetadataStorage[name]).toBeInstanceOf(Map);
    }
  });

  it('notes the type of a property, which is found for the class and for those that extend it', () => {
    const typed = (type: typeof Parent): unknown[] =>
      readTypedProperties(type).map(({ name, classOf }) => [name, classOf(new type(), {})]);
    expect(typed(Parent)).toEqual([['at', Point]]);
    expect(typed(Child)).toEqual([
      ['when', Date],
      ['at', Point],
    ]);
  });

  it.each([
    [Renamed, true],
    [Hidden, true],
    [Changed, true],
    [class extends Changed {}, true],
    [Child, false],
    [Point, false],
  ])('notes what gives a property another name or value: %p %p', (type, has) => {
    expect(hasTransformations(type)).toBe(has);
  });
});
