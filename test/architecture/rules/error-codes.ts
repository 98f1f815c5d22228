/** The codes of errors: those that the sources give, and those that the catalogue explains. */
import ts from 'typescript';
import { lineOf, nodesOf, parsed, violation, type SourceFile } from './source-file.js';

/** Codes of Node's and Fastify's own errors, environment variables, and the metadata key of @nestjs/event-emitter. */
const NO_CODE = /^(?:ERR_|FST_ERR_|PANOTTI_|NODE_)|^MODULE_NOT_FOUND$|_METADATA$/;

const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

/** Codes in the sources without a heading `### CODE`, headings without a code in the sources, and headings that stand twice. */
export function catalogueViolations(files: readonly SourceFile[], page: string): string[] {
  const headings = page
    .split('\n')
    .flatMap((text, index) => (text.startsWith('### ') ? [{ code: text.slice(4).trim(), line: index + 1 }] : []));
  const explained = new Set(headings.map(({ code }) => code));
  const given = files.flatMap((file) =>
    codesOf(file).map(({ code, line }) => ({ code, at: violation(file, line, code) })),
  );
  const known = new Set(given.map(({ code }) => code));
  return [
    ...given.filter(({ code }) => !explained.has(code)).map(({ at }) => `${at} has no heading in docs/errors.md`),
    ...headings
      .filter(({ code }) => !known.has(code))
      .map(({ code, line }) => `docs/errors.md:${line}  ${code} is given by no error`),
    ...headings
      .filter(({ code }, index) => headings.findIndex((other) => other.code === code) !== index)
      .map(({ code, line }) => `docs/errors.md:${line}  ${code} stands there twice`),
  ];
}

/** Every text that looks like a code, because a code may reach its error through a variable; plugins have texts of their own, so there `code: '…'`. */
function codesOf(file: SourceFile): { code: string; line: number }[] {
  const nodes = [...nodesOf(parsed(file))];
  const roots = file.path.startsWith('plugins/')
    ? nodes.filter(isCodeProperty).flatMap(({ initializer }) => Array.from(nodesOf(initializer)))
    : nodes;
  const literals = roots.filter(ts.isStringLiteralLike).filter(({ text }) => CODE.test(text) && !NO_CODE.test(text));
  return literals.map((literal) => ({ code: literal.text, line: lineOf(literal) }));
}

function isCodeProperty(node: ts.Node): node is ts.PropertyAssignment {
  return ts.isPropertyAssignment(node) && node.name.getText() === 'code';
}
