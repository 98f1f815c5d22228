/** What its test needs of it. */
export interface TestFile {
  readonly path: string;
  readonly context: { readonly config: object; readonly hasteFS: { getSize(path: string): number | undefined } };
}

export const SECONDS: Readonly<Record<string, number>>;

export default class SlowestFirst {
  constructor(options: { readonly contexts: readonly object[]; readonly globalConfig: object });
  sort(files: readonly TestFile[]): TestFile[];
}
