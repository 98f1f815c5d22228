/** What every rule works on: the text of files, parsed with the compiler's own parser. Rules do no input or output. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import ts from 'typescript';

export interface SourceFile {
  /** Relative to the folder `src`, with forward slashes: `health/health.module.ts`. */
  readonly path: string;
  readonly text: string;
}

export interface ImportedModule {
  /** As written: `../common/index.js`. */
  readonly specifier: string;
  /** The file of `src` that is meant, or `undefined` for a package. */
  readonly target: string | undefined;
  readonly line: number;
}

/** `file:line  message`, so that a terminal makes a link of it. */
export function violation(file: SourceFile, line: number, message: string): string {
  return `src/${file.path}:${line}  ${message}`;
}

export function parsed(file: SourceFile): ts.SourceFile {
  return ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, /* setParentNodes */ true);
}

export function lineOf(node: ts.Node): number {
  const source = node.getSourceFile();
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

export function* nodesOf(node: ts.Node): Iterable<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  node.forEachChild((child) => void children.push(child));
  for (const child of children) yield* nodesOf(child);
}

/** Everything that the file imports or exports from elsewhere: statically, dynamically, by `require`, or as a type. */
export function importsOf(file: SourceFile): ImportedModule[] {
  return [...nodesOf(parsed(file))].flatMap((node) => {
    const specifier = specifierOf(node);
    return specifier === undefined ? [] : [{ specifier, target: targetOf(file, specifier), line: lineOf(node) }];
  });
}

/** Every TypeScript file below `directory`, sorted by path. */
export function readSources(directory: string): SourceFile[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(directory, path), 'utf8') }));
}

/** The first folder of a path, or the name of a file that stands beside the rooms. */
export function roomOf(path: string): string {
  return path.split('/', 1)[0] ?? path;
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier);
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined;
  if (ts.isExternalModuleReference(node)) return textOf(node.expression);
  const isLoad =
    ts.isCallExpression(node) &&
    (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require');
  return isLoad ? textOf(node.arguments[0]) : undefined;
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined;
}

function targetOf(file: SourceFile, specifier: string): string | undefined {
  if (specifier === 'panotti') return 'index.ts';
  if (specifier.startsWith('panotti/')) return `${specifier.slice('panotti/'.length)}/index.ts`;
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(file.path), specifier).replace(/\.js$/, '.ts');
}
