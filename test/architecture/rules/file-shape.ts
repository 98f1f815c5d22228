/** How a file looks from outside: its length, its exports. */
import ts from 'typescript';
import { lineOf, parsed, violation, type SourceFile } from './source-file.js';

const MAX_LINES = 300;

export function lengthViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const lines = file.text.replace(/\n$/, '').split('\n').length;
    return lines > MAX_LINES ? [violation(file, lines, `has ${lines} lines; allowed are ${MAX_LINES}`)] : [];
  });
}

/** `export *` makes public whatever anybody adds later. */
export function starExportViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const stars = parsed(file).statements.filter((statement) => {
      return (
        ts.isExportDeclaration(statement) && !(statement.exportClause && ts.isNamedExports(statement.exportClause))
      );
    });
    return stars.map((statement) => violation(file, lineOf(statement), 'has `export *`; exports are listed by name'));
  });
}
