/** Every body at every route: raw requests, and what is wrong with the answers. */
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

export interface Target {
  readonly method: string;
  readonly path: string;
}

/** A body as it goes over the wire. */
interface Sent {
  readonly headers: readonly string[];
  readonly payload: Buffer;
  /** What comes after the payload: nothing, one byte after the other without end, or the end of the connection. */
  readonly ending: 'wait' | 'drip' | 'close';
}

interface Outcome {
  /** Of the status line; 0 if the connection ended, or gave up, without one. */
  readonly status: number;
  readonly answer: string;
  /** Whether the answer came with its whole body. */
  readonly isComplete: boolean;
}

/** More than the server of the test takes. */
const HUGE_BYTES = 70_000;
/** Shorter than the time that a body may pause. */
const DRIP_MS = 250;

const whole = (payload: string | Buffer, headers: readonly string[] = []): Sent => {
  const bytes = Buffer.from(payload);
  return { headers: [`Content-Length: ${bytes.length}`, ...headers], payload: bytes, ending: 'wait' };
};

/** With each content type. */
export const BODIES: Readonly<Record<string, Sent>> = {
  valid: whole('{"url":"valid url"}'),
  empty: whole(''),
  huge: whole(`{"url":"${'x'.repeat(HUGE_BYTES)}"}`),
  deep: whole(`{"url":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
  'many keys': whole(`{${Array.from({ length: 6_000 }, (_, i) => `"k${i}":1`).join()}}`),
  dripping: { headers: ['Transfer-Encoding: chunked'], payload: Buffer.from('1\r\n{\r\n'), ending: 'drip' },
  'cut off': { headers: ['Content-Length: 100'], payload: Buffer.from('{"url":"val'), ending: 'close' },
  'bad UTF-8': whole(Buffer.from([0x7b, 0x22, 0x75, 0x22, 0x3a, 0x22, 0xc3, 0x28, 0xff, 0x22, 0x7d])),
  'duplicate keys': whole('{"url":"valid url","url":5}'),
  __proto__: whole('{"__proto__":{"url":"valid url"},"constructor":{"prototype":{"url":"valid url"}}}'),
  gzip: whole(gzipSync('{"url":"valid url"}'), ['Content-Encoding: gzip']),
  'shorter than it says': {
    headers: ['Content-Length: 100'],
    payload: Buffer.from('{"url":"valid url"}'),
    ending: 'wait',
  },
};

/** With the few content types that make a difference. */
export const ODD_BODIES: Readonly<Record<string, Sent>> = {
  'none at all': { headers: [], payload: Buffer.alloc(0), ending: 'wait' },
  'huge in chunks': {
    headers: ['Transfer-Encoding: chunked'],
    payload: Buffer.from(`${HUGE_BYTES.toString(16)}\r\n${'7'.repeat(HUGE_BYTES)}\r\n0\r\n\r\n`),
    ending: 'wait',
  },
  'a list': whole('[{"url":5},{"url":"valid url"}]'),
  'odd keys': whole('{"constructor":5,"hasOwnProperty":1,"toString":{},"then":1,"length":-1,"url":{"url":[]}}'),
  'no JSON': whole('url=5&url=6&__proto__=7&%FF=%'),
  'longer than it says': {
    headers: ['Content-Length: 3'],
    payload: Buffer.from('{"url":"valid url"}'),
    ending: 'wait',
  },
  'two lengths': { headers: ['Content-Length: 3', 'Content-Length: 4'], payload: Buffer.from('{}  '), ending: 'wait' },
  'bad chunks': { headers: ['Transfer-Encoding: chunked'], payload: Buffer.from('zz\r\n{}\r\n'), ending: 'wait' },
};

const part = (name: string, content: string, filename?: string): string =>
  `--x\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n\r\n${content}\r\n`;
const many = (make: (name: string) => string): string => Array.from({ length: 20 }, (_, i) => make(`p${i}`)).join('');

/** With multipart types. */
export const MULTIPART_BODIES: Readonly<Record<string, Sent>> = {
  'valid parts': whole(`${part('a', '1')}${part('f', 'file', 'f.txt')}--x--\r\n`),
  'many files': whole(`${many((name) => part(name, '1', 'f.txt'))}--x--\r\n`),
  'many fields': whole(`${many((name) => part(name, '1'))}--x--\r\n`),
  'a large file': whole(`${part('f', 'y'.repeat(30_000), 'f.txt')}--x--\r\n`),
  'a large field': whole(`${part('f', 'y'.repeat(5_000))}--x--\r\n`),
  'a long header': whole(`--x\r\nX: ${'y'.repeat(30_000)}\r\n\r\n--x--\r\n`),
  'a prototype': whole(`${part('__proto__', '1')}${part('constructor', '1', 'f.txt')}--x--\r\n`),
  'another boundary': whole(`${part('a', '1').replaceAll('--x', '--y')}--y--\r\n`),
  'no end': whole(part('f', 'file', 'f.txt').slice(0, -2)),
  'no name': whole('--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n'),
  'dripping file': {
    headers: ['Transfer-Encoding: chunked'],
    payload: chunked(part('f', 'file', 'f.txt')),
    ending: 'drip',
  },
  'file cut off': {
    headers: ['Content-Length: 1000'],
    payload: Buffer.from(part('f', 'file', 'f.txt')),
    ending: 'close',
  },
  'file that stops': {
    headers: ['Content-Length: 1000'],
    payload: Buffer.from(part('f', 'file', 'f.txt')),
    ending: 'wait',
  },
};

function chunked(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

export const MULTIPART_TYPES = [
  ['multipart/form-data; boundary=x'],
  ['multipart/form-data'],
  ['multipart/form-data; boundary=""'],
  [`multipart/form-data; boundary=${'x'.repeat(100)}`],
  ['multipart/mixed; boundary=x'],
] as const;

export const ODD_BODY_TYPES = [
  undefined,
  ['application/json'],
  ['application/x-www-form-urlencoded'],
  ['audio/wav'],
] as const;

/** `undefined`: no such header. */
const CONTENT_TYPES: readonly (readonly string[] | undefined)[] = [
  undefined,
  ...[
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset=utf-16',
    'APPLICATION/JSON',
    'application/problem+json',
    'application/vnd.x+json;v=1',
    'application/x-www-form-urlencoded',
    'text/plain',
    'text/plain;charset=UTF-8',
    'text/plain; charset=latin1',
    'text/html',
    'text/csv',
    'text/xml',
    'application/xml',
    'application/octet-stream',
    'audio/wav',
    'audio/mpeg',
    'video/mp4',
    'image/png',
    'image/svg+xml',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
    'multipart/mixed; boundary=x',
    'application/x-ndjson',
    'application/graphql',
    'application/cbor',
    'application/x-protobuf',
    '*/*',
    'json',
    '',
    'application/json, image/png',
    `application/${'x'.repeat(2_000)}`,
  ].map((type) => [type]),
  ['application/json', 'image/png'],
];

/** Sends one request, and ends it at the first answer. @param giveUpMs when nobody is waited for any more */
function send(
  url: URL,
  { method, path }: Target,
  types: readonly string[] | undefined,
  body: Sent,
  giveUpMs: number,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let text = '';
    const socket: Socket = connect(Number(url.port), url.hostname);
    const head = [
      `${method} ${path} HTTP/1.1`,
      'Host: a',
      ...(types ?? []).map((type) => `Content-Type: ${type}`),
      ...body.headers,
    ];
    const drip = body.ending === 'drip' ? setInterval(() => socket.write('1\r\n1\r\n'), DRIP_MS) : undefined;
    const end = (): void => {
      clearInterval(drip);
      clearTimeout(patience);
      socket.destroy();
      const answer = answerOf(text, method);
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
      resolve({ status, answer: answer ?? '', isComplete: answer !== undefined });
    };
    const patience = setTimeout(end, giveUpMs);
    socket.on('error', end).on('close', end);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (answerOf(text, method) !== undefined) end();
    });
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    socket.write(body.payload, () => {
      if (body.ending === 'close') socket.end();
    });
  });
}

/** The body of the first answer, as long as it says to be; `undefined` before it is complete. HEAD is answered without the body it tells of. */
function answerOf(text: string, method: string): string | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  if (method === 'HEAD') return '';
  const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
  const bytes = Buffer.from(text.slice(end + 4));
  return bytes.length < length ? undefined : bytes.subarray(0, length).toString();
}

/** What is wrong with an answer, in words. */
function problemOf(outcome: Outcome, { method }: Target, body: Sent): string | undefined {
  const { status, answer, isComplete } = outcome;
  // Its client has gone.
  if (status === 0) return body.ending === 'close' ? undefined : 'no answer';
  if (status >= 500) return `status ${status}`;
  if (!isComplete) return `status ${status} and an answer without its end`;
  if (status < 400 || method === 'HEAD') return undefined;
  const { statusCode, message } = jsonOf(answer);
  if (/(?:\n|\\n)\s+at |node_modules|\/src\/|\/dist\//.test(answer))
    return `an answer with a stack or a path: ${answer}`;
  return statusCode === status && message !== undefined ? undefined : `an answer of another shape: ${answer}`;
}

function jsonOf(text: string): { statusCode?: unknown; message?: unknown } {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}

export interface Storm {
  readonly url: URL;
  readonly targets: readonly Target[];
  readonly types?: typeof CONTENT_TYPES;
  readonly bodies?: typeof BODIES;
  readonly giveUpMs: number;
  /** Requests at a time: of those whose body comes whole, and of those whose body does not end, which mostly wait. */
  readonly parallel: { readonly swift: number; readonly slow: number };
}

export interface StormReport {
  readonly requests: number;
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** One for each request that was not answered well. */
  readonly problems: readonly string[];
}

/** Whether it is on its way for as long as the server lets it. */
function isEndless({ ending, headers, payload }: Sent): boolean {
  return (
    ending === 'drip' ||
    (ending === 'wait' && headers.some((header) => Number(header.split('Content-Length:')[1]) > payload.length))
  );
}

/** Sends every body with every content type to every target, many at a time. */
export async function storm({
  url,
  targets,
  types = CONTENT_TYPES,
  bodies = BODIES,
  giveUpMs,
  parallel,
}: Storm): Promise<StormReport> {
  const requests = targets.flatMap((target) =>
    types.flatMap((type) => Object.entries(bodies).map(([name, body]) => ({ target, type, name, body }))),
  );
  const statuses: Record<string, number> = {};
  const problems: string[] = [];
  const work = async (left: Iterable<(typeof requests)[number]>): Promise<void> => {
    for (const { target, type, name, body } of left) {
      const outcome = await send(url, target, type, body, giveUpMs);
      statuses[outcome.status] = (statuses[outcome.status] ?? 0) + 1;
      const problem = problemOf(outcome, target, body);
      if (problem !== undefined) problems.push(`${target.method} ${target.path}, ${String(type)}, ${name}: ${problem}`);
    }
  };
  const workers = (count: number, isSlow: boolean): Promise<void>[] => {
    // One iterator, which they share.
    const left = requests.values().filter(({ body }) => isEndless(body) === isSlow);
    return Array.from({ length: count }, () => work(left));
  };
  await Promise.all([...workers(parallel.swift, false), ...workers(parallel.slow, true)]);
  return { requests: requests.length, statuses, problems };
}
