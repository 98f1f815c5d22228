/** Where a command reads a secret from: the standard input of the process, or what a test gives. */

export interface SecretInput {
  /** Somebody types: there is a prompt, and nothing of what is typed is shown. */
  readonly isInteractive: boolean;
  /** All of the input, or, where somebody types, one line after `prompt`. `undefined` when it was given up, is too long or is no UTF-8. */
  read(prompt: string): Promise<string | undefined>;
}
