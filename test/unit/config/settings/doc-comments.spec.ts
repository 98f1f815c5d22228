import type { Type } from '@nestjs/common';
import { docComments } from '../../../../src/config/settings/doc-comments.js';

/** A class as a plugin's file would have it: tests must not depend on what compiles them. */
function classFrom(source: string, ...parents: Type<object>[]): Type<object> {
  // eslint-disable-next-line no-new-func
  return new Function('Parent', `return (${source});`)(...parents) as Type<object>;
}

function commentsOf(source: string): Record<string, string> {
  return Object.fromEntries(docComments(classFrom(source)));
}

describe('the doc comments of a class', () => {
  it('are those right before its fields and accessors', () => {
    expect(
      commentsOf(`class Config {
        /** The first. */ a = 1;
        /**
         * The second,
         * in two lines.
         */
        // Not for operators.
        b;
        c = 3;
        /* No doc comment. */
        d = 4;
        /** Dropped. */
        /** The last one before it. */
        'e-f' = 5;
        /** Set by hand. */
        set g(value) {}
        /** Of the class. */ static h = 6;
        /** Of nobody else. */ #i = 7;
      }`),
    ).toEqual({ a: 'The first.', b: 'The second, in two lines.', 'e-f': 'The last one before it.', g: 'Set by hand.' });
  });

  it('are found where a compiler has moved the fields into the constructor', () => {
    expect(
      commentsOf(`class Config {
        constructor() {
          /** Assigned. */
          this.a = 1;
          this.b = 2;
          /** Defined. */
          Object.defineProperty(this, 'c', { value: 3 });
          (0, helper)(this, /** Helped. */ 'd', 4);
          /** Of another. */
          other.e = 5;
        }
      }
      `),
    ).toEqual({ a: 'Assigned.', c: 'Defined.', d: 'Helped.' });
  });

  it('are not confused by comments in texts, patterns and templates', () => {
    expect(
      commentsOf(
        'class Config { a = "/** no */"; b = /\\/\\*\\* no \\*\\//; c = `${1 /** no */} /** no */`; /** Yes: { } */ d = () => { /** no */ return 1; }; e; }',
      ),
    ).toEqual({ d: 'Yes: { }' });
  });

  it('come from the class that is extended too, and the nearest one wins', () => {
    const parent = classFrom('class Parent { /** Old. */ a = 1; /** Kept. */ b = 2; }');
    const child = classFrom('class Child extends Parent { /** New. */ a = 1; }', parent);

    expect(Object.fromEntries(docComments(child))).toEqual({ a: 'New.', b: 'Kept.' });
  });

  it('end at the first tag, and show the text of links', () => {
    expect(
      commentsOf(`class Config {
        /**
         * See {@link Other} and {@link Else | that one}.
         *
         * More, to a@b.c.
         * @default 5
         */
        a = 5;
        /** @internal */
        b = 6;
      }`),
    ).toEqual({ a: 'See Other and that one. More, to a@b.c.' });
  });

  it('are one line that moves no cursor', () => {
    expect(commentsOf('class Config { /** Red: \u001B[31m\u202Ex\u2028y */ a = 1; }')).toEqual({ a: 'Red: [31m x y' });
  });

  it('are none, without an error, where there is no source to read', () => {
    class Config {}
    const unreadable = Object.assign(() => undefined, {}) as unknown as Type<object>;

    expect([...docComments(Config)]).toEqual([]);
    expect([...docComments(unreadable)]).toEqual([]);
    expect([...docComments(Map as unknown as Type<object>)]).toEqual([]);
  });
});
