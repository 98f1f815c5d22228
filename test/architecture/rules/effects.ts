/** What touches the world outside of the program, and the places that may. */
import ts from 'typescript';
import { importsOf, lineOf, nodesOf, parsed, violation, type SourceFile } from './source-file.js';

interface Effect {
  readonly what: string;
  readonly allowedIn: readonly RegExp[];
  readonly allowed: string;
  /** Members of globals: `Date.now`; with `*` each member. */
  readonly members?: readonly string[];
  /** Globals that are used as they are, called or passed on. */
  readonly globals?: readonly string[];
  /** `new Date()` and `Date()`, which read the time; `new Date(value)` does not. */
  readonly callsWithoutArguments?: readonly string[];
  readonly modules?: readonly string[];
  /** Events of which nobody else may listen to: `target.addEventListener('abort', …)`. */
  readonly listensTo?: readonly string[];
}

const WATCHDOG_THREAD = /^telemetry\/watchdog\/watchdog\.worker\.ts$/;

const EFFECTS: readonly Effect[] = [
  {
    what: 'reads the environment',
    members: ['process.env'],
    allowedIn: [/^config\//],
    allowed: 'the room config',
  },
  {
    what: 'reads the time or sets a timer',
    members: ['Date.now', 'performance.now', 'process.hrtime', 'AbortSignal.timeout'],
    globals: ['setTimeout', 'setInterval'],
    callsWithoutArguments: ['Date'],
    modules: ['timers', 'timers/promises'],
    // A plugin of a stranger has no clock to ask but the machine's. The watchdog's thread imports next to nothing, to start fast.
    allowedIn: [/^common\/clock\.ts$/, /^plugins\//, WATCHDOG_THREAD],
    allowed: "common/clock.ts and the watchdog's thread",
  },
  {
    what: 'uses Reflect',
    members: ['Reflect.*'],
    allowedIn: [/\.metadata\.ts$/],
    allowed: 'files called *.metadata.ts',
  },
  {
    what: 'touches the file system',
    modules: ['fs', 'fs/promises'],
    // The log writes to the standard output without a stream, and the watchdog's thread to the standard error when the main thread does not.
    // Linux shows the open descriptors as files. A
    // socket is a file, and whoever may open that file may command the server.
    allowedIn: [
      /^storage\//,
      /^config\//,
      /^host\/discovery(?:\/|[.-])/,
      /^plugins\//,
      /^telemetry\/log\/standard-(?:output|error)\.ts$/,
      /^telemetry\/metrics\/open-descriptors\.ts$/,
      /^management\/control-socket\.ts$/,
      WATCHDOG_THREAD,
    ],
    allowed: 'storage, config, host/discovery and plugins',
  },
  {
    what: 'ends the process',
    members: ['process.exit', 'process.abort', 'process.reallyExit'],
    // Plugins' own calls are watched there, and the one way out is built.
    allowedIn: [/^main\.ts$/, /^server\//, /^telemetry\/process\//, /^cli\/(?:panotti|run-in-process)\.ts$/],
    allowed: 'main.ts, server, telemetry/process and the entry of cli (panotti.ts, run-in-process.ts)',
  },
  {
    // What is left on something that lives long keeps all that its closure reaches: a body, a request.
    what: 'leaves something on a signal or a promise that may live long',
    members: ['Promise.race', 'AbortSignal.any'],
    globals: ['addAbortListener'],
    listensTo: ['abort'],
    allowedIn: [/^common\/abort\.ts$/],
    allowed: 'common/abort.ts: use onAbort, untilAborted or JoinedSignal',
  },
  { what: 'writes to the console', members: ['console.*'], allowedIn: [], allowed: "nobody: use Nest's Logger" },
];

/** Every place that does what only others may do. */
export function effectViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const forbidden = EFFECTS.filter(({ allowedIn }) => !allowedIn.some((place) => place.test(file.path)));
    const nodes = [...nodesOf(parsed(file))];
    return forbidden.flatMap((effect) => {
      const lines = new Set([
        ...linesOfModules(file, effect),
        ...nodes.filter((node) => has(effect, node)).map(lineOf),
      ]);
      return [...lines].map((line) => violation(file, line, `${effect.what}; allowed in ${effect.allowed}`));
    });
  });
}

function linesOfModules(file: SourceFile, { modules = [] }: Effect): number[] {
  return importsOf(file).flatMap(({ specifier, line }) => (modules.includes(withoutScheme(specifier)) ? [line] : []));
}

function has(effect: Effect, node: ts.Node): boolean {
  const { members = [], globals = [], callsWithoutArguments = [], listensTo = [] } = effect;
  if (ts.isCallExpression(node) && listensTo.includes(eventOf(node))) return true;
  if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
    return callsWithoutArguments.includes(globalName(node.expression)) && (node.arguments?.length ?? 0) === 0;
  }
  if (ts.isIdentifier(node)) return globals.includes(node.text) && isUse(node);
  return membersUsedBy(node).some(
    (member) => members.includes(member) || members.includes(`${member.split('.', 1)[0]}.*`),
  );
}

/** The name of the event that a call of `addEventListener` names. */
function eventOf({ expression, arguments: [name] }: ts.CallExpression): string {
  const isListening = ts.isPropertyAccessExpression(expression) && expression.name.text === 'addEventListener';
  return isListening && name && ts.isStringLiteralLike(name) ? name.text : '';
}

/** `process.env`, `process['env']`, `globalThis.process.env`, `const { env } = process` and `import { env } from 'node:process'`, each as `process.env`. */
function membersUsedBy(node: ts.Node): string[] {
  if (ts.isPropertyAccessExpression(node)) return [`${globalName(node.expression)}.${node.name.text}`];
  if (ts.isElementAccessExpression(node)) {
    const { argumentExpression: argument } = node;
    return [`${globalName(node.expression)}.${ts.isStringLiteralLike(argument) ? argument.text : ''}`];
  }
  if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && node.initializer) {
    const owner = globalName(node.initializer);
    return node.name.elements.map(({ propertyName, name }) => `${owner}.${(propertyName ?? name).getText()}`);
  }
  if (ts.isImportSpecifier(node)) {
    const { moduleSpecifier } = node.parent.parent.parent as ts.ImportDeclaration;
    return [
      `${ts.isStringLiteral(moduleSpecifier) ? withoutScheme(moduleSpecifier.text) : ''}.${(node.propertyName ?? node.name).text}`,
    ];
  }
  return [];
}

function withoutScheme(specifier: string): string {
  return specifier.replace(/^node:/, '');
}

/** The name of a global, also when it is written `globalThis.name`; the text of anything else names none. */
function globalName(expression: ts.Expression): string {
  return expression.getText().replace(/^(?:globalThis|global)\??\./, '');
}

/** Whether an identifier stands for the global, and not for a member or a declaration of the same name. */
function isUse(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isPropertyAccessExpression(parent))
    return parent.expression === identifier || /^(?:globalThis|global)$/.test(parent.expression.getText());
  const isName = 'name' in parent && parent.name === identifier && !ts.isShorthandPropertyAssignment(parent);
  return !isName || ts.isImportSpecifier(parent);
}
