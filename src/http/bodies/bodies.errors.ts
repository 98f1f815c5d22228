/** The error of a declaration that cannot be kept. Its code is listed in docs/errors.md, tested in both directions. */
import { PanottiError } from '../../common/index.js';

/** `@AcceptsBody` was given something that it cannot mean. */
export class BodyDeclarationError extends PanottiError {
  /** @param where the method: `Uploads.receive` */
  constructor(where: string, problem: string) {
    super({
      code: 'BODY_DECLARATION_INVALID',
      message: `The @AcceptsBody of ${where} cannot be used: ${problem}.`,
      fix: "Write for example `@AcceptsBody({ as: 'stream', types: ['audio/wav'], maxBytes: 10_000_000 })`; docs/guide/write-a-plugin.md lists the options.",
    });
  }
}
