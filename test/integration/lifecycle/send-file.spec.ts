import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Controller, Get, Header, Param, type StreamableFile } from '@nestjs/common';
import { type FileSender, Plugin, SendFile } from '../../../src/index.js';
import { type HostApp, hostApp } from '../../support/host-app.js';

const CONTENT = 'abcdefghijklmnopqrstuvwxyz';
let directory = '';

@Controller()
class Files {
  @Get('cached')
  @Header('Cache-Control', 'max-age=60')
  cached(@SendFile() sendFile: FileSender): Promise<StreamableFile | undefined> {
    return sendFile(join(directory, 'letters.txt'));
  }

  @Get('named/:name')
  named(@Param('name') filename: string, @SendFile() sendFile: FileSender): Promise<StreamableFile | undefined> {
    return sendFile(join(directory, 'letters.txt'), { type: 'text/x-letters', filename });
  }

  @Get(':name')
  show(@Param('name') name: string, @SendFile() sendFile: FileSender): Promise<StreamableFile | undefined> {
    return sendFile(join(directory, name));
  }
}

@Plugin({ name: 'files', version: '1.0.0', controllers: [Files] })
class FilesPlugin {}

describe('a file that a plugin sends', () => {
  let test: HostApp;
  beforeAll(async () => {
    // A folder whose name begins with a dot, as many data folders do.
    const parent = await mkdtemp(join(tmpdir(), '.panotti-files-'));
    directory = join(parent, '.data');
    await mkdir(join(directory, 'folder'), { recursive: true });
    await writeFile(join(directory, 'letters.txt'), CONTENT);
    await writeFile(join(directory, 'empty.txt'), '');
    await writeFile(join(directory, '100% .wav'), CONTENT);
    await symlink(join(directory, 'not-there'), join(directory, 'dangling'));
    await utimes(join(directory, 'letters.txt'), 1_700_000_000, 1_700_000_000);
    test = await hostApp([FilesPlugin]);
    await test.app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
    await rm(join(directory, '..'), { recursive: true });
  });

  /** Over a real connection: an injected answer has one listener more, which takes it over the limit of Node. */
  const ask = async (path: string, options: RequestOptions = {}) => {
    const asked = request(`${await test.app.getUrl()}/api/files/${path}`, { agent: false, ...options }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return { statusCode: answer.statusCode, headers: answer.headers, body: await text(answer) };
  };
  const get = (path = 'letters.txt', headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    ask(encodeURIComponent(path), { method, headers });

  it('comes whole, with what a client needs to ask for a part and to ask again', async () => {
    const { statusCode, headers, body } = await get();

    expect([statusCode, body]).toEqual([200, CONTENT]);
    expect(headers).toMatchObject({
      'content-length': '26',
      'content-type': 'text/plain; charset=utf-8',
      'accept-ranges': 'bytes',
      'last-modified': 'Tue, 14 Nov 2023 22:13:20 GMT',
      etag: expect.stringMatching(/^W\/".+"$/) as unknown,
      'cache-control': 'private, no-cache',
    });
  });

  it.each<[string, string, string]>([
    ['bytes=0-4', 'abcde', 'bytes 0-4/26'],
    ['bytes=20-', 'uvwxyz', 'bytes 20-25/26'],
    ['bytes=-3', 'xyz', 'bytes 23-25/26'],
    ['bytes=24-99', 'yz', 'bytes 24-25/26'],
    ['bytes=5-5', 'f', 'bytes 5-5/26'],
  ])('comes in part, 206, for "%s"', async (range, part, contentRange) => {
    const { statusCode, headers, body } = await get('letters.txt', { range });

    expect([statusCode, body, headers['content-range'], headers['content-length']]).toEqual([
      206,
      part,
      contentRange,
      String(part.length),
    ]);
  });

  it.each(['bytes=26-', 'bytes=99-100'])('refuses a file with 416 and its length for the range "%s"', async (range) => {
    const { statusCode, headers, body } = await get('letters.txt', { range });

    expect([statusCode, headers['content-range'], JSON.parse(body)]).toEqual([
      416,
      'bytes */26',
      { statusCode: 416, error: 'Range Not Satisfiable', message: 'The range is outside of the file.' },
    ]);
  });

  it.each(['lines=1-2', 'bytes=x', 'bytes=0-1,4-5'])(
    'comes whole for a range that is not one of bytes: "%s"',
    async (range) => {
      const { statusCode, body } = await get('letters.txt', { range });

      // RFC 9110 lets a server pass over a range that it does not serve; none of these may be answered by a wrong part.
      expect([200, 416]).toContain(statusCode);
      if (statusCode === 200) expect(body).toBe(CONTENT);
    },
  );

  it('answers 304 to a client that has the file', async () => {
    const { etag = '' } = (await get()).headers;
    const conditions: Record<string, string>[] = [
      { 'if-none-match': String(etag) },
      { 'if-none-match': `"other", ${String(etag)}` },
      { 'if-none-match': '*' },
      { 'if-modified-since': 'Tue, 14 Nov 2023 22:13:20 GMT' },
      { 'if-modified-since': 'Fri, 01 Dec 2023 00:00:00 GMT' },
      { 'if-none-match': String(etag), range: 'bytes=0-1' },
    ];
    const answers = await Promise.all(conditions.map((headers) => get('letters.txt', headers)));

    expect(answers.map(({ statusCode, body }) => [statusCode, body])).toEqual(conditions.map(() => [304, '']));
    expect(answers.map(({ headers }) => [headers.etag, headers['content-type']])).toEqual(
      conditions.map(() => [etag, undefined]),
    );
  });

  it('sends the file to a client that has another version', async () => {
    const conditions = [{ 'if-none-match': '"other"' }, { 'if-modified-since': 'Mon, 13 Nov 2023 00:00:00 GMT' }];
    const answers = await Promise.all(conditions.map((headers) => get('letters.txt', headers)));

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  });

  it('comes in part only while it is the one that the client began with', async () => {
    const { etag = '', 'last-modified': modified = '' } = (await get()).headers;
    const range = 'bytes=0-1';
    const same = await Promise.all(
      [String(etag), String(modified)].map((one) => get('letters.txt', { range, 'if-range': one })),
    );
    const other = await Promise.all(
      ['"other"', 'Mon, 13 Nov 2023 00:00:00 GMT'].map((one) => get('letters.txt', { range, 'if-range': one })),
    );

    expect(same.map(({ statusCode }) => statusCode)).toEqual([206, 206]);
    expect(other.map(({ statusCode, body }) => [statusCode, body])).toEqual([
      [200, CONTENT],
      [200, CONTENT],
    ]);
  });

  it('answers 412 to a client that asks only for another version', async () => {
    expect((await get('letters.txt', { 'if-match': '"other"' })).statusCode).toBe(412);
  });

  it('answers HEAD with the headers of the file and without its content', async () => {
    const { statusCode, headers, body } = await get('letters.txt', {}, 'HEAD');

    expect([statusCode, headers['content-length'], headers['accept-ranges'], body]).toEqual([200, '26', 'bytes', '']);
  });

  it.each([
    ['empty.txt', ''],
    ['100% .wav', CONTENT],
  ])('comes whichever name and length it has: %s', async (name, content) => {
    const { statusCode, body, headers } = await get(name);

    expect([statusCode, body, headers['content-length']]).toEqual([200, content, String(content.length)]);
  });

  it.each(['missing.txt', 'folder', 'dangling', '.', '..'])(
    'is not found, without a word of where it would be: %s',
    async (name) => {
      const { statusCode, body } = await get(name);

      expect(statusCode).toBe(404);
      expect(body).not.toContain(directory);
    },
  );

  it.each([
    ['report.csv', 'attachment; filename="report.csv"'],
    ['Grüße "1".csv', `attachment; filename="Gr__e _1_.csv"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.csv`],
  ])('is stored under the name that the plugin gives it: %s', async (filename, disposition) => {
    const { headers } = await ask(`named/${encodeURIComponent(filename)}`);

    expect([headers['content-disposition'], headers['content-type']]).toEqual([disposition, 'text/x-letters']);
  });

  it('keeps the Cache-Control of its route', async () => {
    expect((await ask('cached')).headers['cache-control']).toBe('max-age=60');
  });
});
