/** Files that import each other cannot be read, loaded or moved alone. Imports of types count too. */
import { importsOf, violation, type SourceFile } from './source-file.js';

/** One violation for each import that closes a circle, with the path back to where it began. */
export function cycleViolations(files: readonly SourceFile[]): string[] {
  const graph = new Map(files.map((file) => [file.path, { file, imports: importsOf(file) }]));
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const node = graph.get(path);
    if (!node || finished.has(path)) return;
    const here = [...trail, path];
    for (const { target, line } of node.imports) {
      if (target === undefined) continue;
      const start = here.indexOf(target);
      if (start >= 0)
        found.push(violation(node.file, line, `closes a cycle: ${[...here.slice(start), target].join(' -> ')}`));
      else visit(target, here);
    }
    finished.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}
