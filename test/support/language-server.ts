/** A client of the YAML language server, as an editor is one: LSP over its standard input and output. */
import { type ChildProcess, spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';

export interface Diagnostic {
  readonly message: string;
  /** From 1, as an editor shows it. */
  readonly line: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Published {
  readonly uri: string;
  readonly diagnostics: readonly {
    readonly message: string;
    readonly range: { readonly start: { readonly line: number } };
  }[];
}

/** What VS Code is told to set for files of Panotti. */
const SETTINGS = {
  yaml: {
    validate: true,
    hover: true,
    completion: true,
    customTags: ['!encrypted scalar'],
    schemaStore: { enable: false },
  },
};

export class LanguageServer implements AsyncDisposable {
  #received = Buffer.alloc(0);
  #lastId = 0;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #published = new Map<string, PromiseWithResolvers<Diagnostic[]>>();

  private constructor(command: string) {
    this.#child = spawn(process.execPath, [command, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#exit = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  /** @param directory the folder that the editor has open */
  static async started(command: string, directory: string): Promise<LanguageServer> {
    const server = new LanguageServer(command);
    const uri = pathToFileURL(directory).href;
    const capabilities = {
      workspace: { configuration: true },
      textDocument: { hover: { contentFormat: ['markdown', 'plaintext'] } },
    };
    await server.#ask('initialize', {
      processId: process.pid,
      rootUri: uri,
      capabilities,
      workspaceFolders: [{ uri, name: 'test' }],
    });
    server.#send({ method: 'initialized', params: {} });
    server.#send({ method: 'workspace/didChangeConfiguration', params: { settings: SETTINGS } });
    return server;
  }

  /** Opens a file with the given text, and resolves with what the server says is wrong with it. */
  open(file: string, text: string): Promise<Diagnostic[]> {
    const uri = pathToFileURL(file).href;
    const published = Promise.withResolvers<Diagnostic[]>();
    this.#published.set(uri, published);
    this.#send({
      method: 'textDocument/didOpen',
      params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
    });
    return published.promise;
  }

  /** What an editor shows for the place in an open file; lines and columns from 1. */
  async hover(file: string, line: number, column: number): Promise<string> {
    const params = {
      textDocument: { uri: pathToFileURL(file).href },
      position: { line: line - 1, character: column - 1 },
    };
    const answer = (await this.#ask('textDocument/hover', params)) as {
      readonly contents: { readonly value: string };
    } | null;
    return answer?.contents.value ?? '';
  }

  #ask(method: string, params: object): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<unknown>();
    this.#answers.set(id, answer);
    this.#send({ id, method, params });
    return answer.promise;
  }

  #send(message: Message): void {
    const text = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    this.#child.stdin?.write(Buffer.concat([Buffer.from(`Content-Length: ${text.length}\r\n\r\n`), text]));
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(this.#received.toString('latin1', 0, Math.max(end, 0)))?.[1]);
      if (end < 0 || this.#received.length < end + 4 + length) return;
      const text = this.#received.toString('utf8', end + 4, end + 4 + length);
      this.#received = this.#received.subarray(end + 4 + length);
      this.#handle(JSON.parse(text) as Message);
    }
  }

  #handle({ id, method, params, result, error }: Message): void {
    if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as Published;
      this.#published
        .get(uri)
        ?.resolve(diagnostics.map(({ message, range }) => ({ message, line: range.start.line + 1 })));
    } else if (method !== undefined && id !== undefined) {
      this.#send({ id, result: method === 'workspace/configuration' ? this.#settingsFor(params) : null });
    } else if (id !== undefined) {
      const answer = this.#answers.get(id);
      if (error) answer?.reject(new Error(error.message));
      else answer?.resolve(result);
    }
  }

  #settingsFor(params: unknown): unknown[] {
    const { items } = params as { readonly items: readonly { readonly section?: string }[] };
    return items.map(({ section }) => (section === 'yaml' ? SETTINGS.yaml : {}));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
