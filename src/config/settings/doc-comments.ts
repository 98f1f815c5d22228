/**
 * The doc comments of a class's fields. A class knows its own source as it was loaded, comments included, so no file is looked for:
 * it works for compiled TypeScript, plain JavaScript and bundles alike, unless comments were stripped from them.
 */
import type { Type } from '@nestjs/common';
import {
  parse,
  type Comment,
  type Expression,
  type PropertyDefinition,
  type MethodDefinition,
  type Statement,
  type StaticBlock,
} from 'acorn';

/** The text of the doc comment before each field, by the name of the field; those of classes that it extends too. */
export function docComments(type: Type<object>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (
    let current: unknown = type;
    typeof current === 'function' && current !== Function.prototype;
    current = Object.getPrototypeOf(current)
  ) {
    for (const [key, text] of ownDocComments(Function.prototype.toString.call(current)))
      if (!found.has(key)) found.set(key, text);
  }
  return found;
}

/** In one line, without what could move the cursor or turn the writing around: descriptions are a stranger's text. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

/** A place in the source that a comment before it may describe. */
interface Described {
  readonly key: string;
  /** No comment before this one belongs to it. */
  readonly after: number;
  /** Where it begins. */
  readonly start: number;
}

function ownDocComments(source: string): Map<string, string> {
  const comments: Comment[] = [];
  const members = membersOf(source, comments);
  const documented = comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*'));
  const texts = members.flatMap(({ key, after, start }): [string, string][] => {
    const comment = documented.findLast((one) => one.start >= after && one.end <= start);
    const text = comment === undefined ? '' : textOf(comment.value);
    return text === '' ? [] : [[key, text]];
  });
  return new Map(texts);
}

/** Empty for what is not a class, or is newer JavaScript than the parser knows: a missing description is not an error. */
function membersOf(source: string, onComment: Comment[]): Described[] {
  try {
    const [statement] = parse(`(${source})`, { ecmaVersion: 'latest', sourceType: 'module', onComment }).body;
    if (statement?.type !== 'ExpressionStatement' || statement.expression.type !== 'ClassExpression') return [];
    const { body } = statement.expression.body;
    return body.flatMap((member, index) => Array.from(fieldsOf(member, body[index - 1]?.end ?? 0)));
  } catch {
    return [];
  }
}

/** A field, an accessor, or what the constructor sets where a compiler moved the fields into it. */
function* fieldsOf(member: MethodDefinition | PropertyDefinition | StaticBlock, after: number): Iterable<Described> {
  if (member.type === 'StaticBlock' || member.static) return;
  if (member.type === 'MethodDefinition' && member.kind === 'constructor') {
    const { body } = member.value.body;
    for (const [index, statement] of body.entries())
      yield* setBy(statement, body[index - 1]?.end ?? member.value.body.start);
  } else if (!member.computed && member.key.type !== 'PrivateIdentifier') {
    const key = nameOf(member.key);
    if (key !== undefined) yield { key, after, start: member.start };
  }
}

/** `this.key = …`, `Object.defineProperty(this, 'key', …)` and the helpers that compilers write in its place. */
function* setBy(statement: Statement, after: number): Iterable<Described> {
  if (statement.type !== 'ExpressionStatement') return;
  const { expression } = statement;
  if (expression.type === 'AssignmentExpression' && expression.left.type === 'MemberExpression') {
    const { object, property, computed } = expression.left;
    if (object.type !== 'ThisExpression' || computed || property.type === 'PrivateIdentifier') return;
    const key = nameOf(property);
    if (key !== undefined) yield { key, after, start: statement.start };
  } else if (expression.type === 'CallExpression') {
    const [target, name] = expression.arguments;
    if (target?.type === 'ThisExpression' && name?.type === 'Literal')
      yield { key: String(name.value), after, start: name.start };
  }
}

function nameOf(key: Expression): string | undefined {
  if (key.type === 'Identifier') return key.name;
  return key.type === 'Literal' ? String(key.value) : undefined;
}

/** The sentences before the first tag (`@example` and its like), with links as their text. */
function textOf(comment: string): string {
  const lines = comment
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\*?/, '').trim());
  const tag = lines.findIndex((line) => /^@\w/.test(line));
  const prose = (tag < 0 ? lines : lines.slice(0, tag)).join('\n');
  return oneLine(
    prose.replaceAll(
      /\{@link(?:code|plain)?\s+([^\s|}]+)(?:[\s|]+([^}]+))?\}/g,
      (_match, target: string, text?: string) => text ?? target,
    ),
  );
}
