/** The code blocks of a Markdown page. */

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** The path in a first line that is nothing but a comment with a path: `// my-plugins/a/index.ts`. */
  readonly file: string | undefined;
}

export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => {
    const file = /^(?:\/\/|#) (\S+\.\w+)\n/.exec(text)?.[1];
    return { language, text, file };
  });
}
