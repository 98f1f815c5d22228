/** Prometheus' own program on the metrics of the built server and on the alert rules that ship with it. */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasCommand, itWhere } from '../support/it-where.js';
import { ServerProcess } from '../support/server-process.js';

const ROOT = join(import.meta.dirname, '../..');
const RULES = join(ROOT, 'deploy/prometheus/panotti.rules.yml');
const RULES_TEST = join(ROOT, 'test/fixtures/prometheus/panotti.rules.test.yml');
const itWithPromtool = itWhere(hasCommand('promtool'));

/** Exit code and output; 0 for a program that finds nothing wrong. */
function promtool(args: readonly string[], input = '', cwd = ROOT): Promise<readonly [number, string]> {
  return new Promise((resolve) => {
    const child = execFile('promtool', args, { cwd }, (error, stdout, stderr) => {
      resolve([error ? Number(error.code ?? -1) : 0, `${stdout}${stderr}`]);
    });
    child.stdin?.end(input);
  });
}

describe('the metrics and alert rules for Prometheus', () => {
  let metrics: string;

  beforeAll(async () => {
    await using server = await ServerProcess.started();
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"a note"}' };
    await fetch(`${server.url}/api/example`, post);
    await fetch(`${server.url}/api/recordings`, { method: 'POST' });
    metrics = await (await fetch(`${server.url}/metrics`)).text();
  });

  itWithPromtool('pass `promtool check metrics` while plugins run', async () => {
    expect(metrics).toContain('panotti_events_published_total{');
    expect(await promtool(['check', 'metrics'], metrics)).toEqual([0, '']);
  });

  itWithPromtool('pass `promtool check rules`', async () => {
    expect(await promtool(['check', 'rules', RULES])).toEqual([0, expect.stringContaining('rules found')]);
  });

  itWithPromtool('warn of what is wrong, and of nothing else', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'panotti-rules-'));
    try {
      await copyFile(RULES_TEST, join(directory, 'rules.test.yml'));
      await copyFile(RULES, join(directory, 'panotti.rules.yml'));
      expect(await promtool(['test', 'rules', 'rules.test.yml'], '', directory)).toEqual([
        0,
        expect.stringContaining('SUCCESS'),
      ]);
      // Without the time that a state may last, the first of them fails.
      await writeFile(
        join(directory, 'panotti.rules.yml'),
        (await readFile(RULES, 'utf8')).replaceAll(/^ +for: .*\n/gm, ''),
      );
      expect(await promtool(['test', 'rules', 'rules.test.yml'], '', directory)).toEqual([
        1,
        expect.stringContaining('FAILED'),
      ]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('speak of metrics that the server has', async () => {
    const named = new Set((await readFile(RULES, 'utf8')).match(/\bpanotti_\w+/g));
    const missing = [...named].filter((name) => !metrics.includes(`# TYPE ${name} `));
    expect([named.size > 5, missing]).toEqual([true, []]);
  });
});
