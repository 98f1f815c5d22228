import type { IncomingHttpHeaders } from 'node:http';
import { HttpException } from '@nestjs/common';
import type { AcceptedBody } from '../../../../src/index.js';
import { BodyOptions } from '../../../../src/http/bodies/body.options.js';
import { BodyPolicy } from '../../../../src/http/bodies/body-policy.js';

const policyOf = (...declared: AcceptedBody[]): BodyPolicy =>
  new BodyPolicy(declared.length > 0 ? declared : undefined, new BodyOptions());

function decide(policy: BodyPolicy, headers: IncomingHttpHeaders, rawHeaders: string[] = []): string | number {
  const decision = policy.decide(headers, rawHeaders);
  return decision instanceof HttpException ? decision.getStatus() : decision.kind;
}

const typed = (type: string): IncomingHttpHeaders => ({ 'content-type': type, 'content-length': '2' });

describe('a route that declares nothing', () => {
  it.each<[string | number, IncomingHttpHeaders]>([
    ['json', typed('application/json')],
    ['json', typed('application/json; charset=utf-8')],
    ['json', typed('APPLICATION/JSON;charset=UTF8')],
    ['json', typed('application/vnd.shop+json')],
    ['json', { ...typed('application/json'), 'content-encoding': 'identity', 'transfer-encoding': 'Chunked' }],
    ['form', typed('application/x-www-form-urlencoded')],
    [415, { 'content-length': '2' }],
    [415, typed('')],
    [415, typed('text/plain')],
    [415, typed('text/json')],
    [415, typed('multipart/form-data; boundary=x')],
    [415, typed('application/octet-stream')],
    [415, typed('image/png')],
    [415, typed('application/json, image/png')],
    [415, typed('application/json+xml')],
    [415, typed('application/json; charset=utf-16')],
    [415, typed('application/x-www-form-urlencoded; charset=latin1')],
    [415, { ...typed('application/json'), 'content-encoding': 'gzip' }],
    [415, { ...typed('application/json'), 'transfer-encoding': 'gzip, chunked' }],
    [413, { ...typed('application/json'), 'content-length': '1048577' }],
    ['json', { ...typed('application/json'), 'content-length': '1048576' }],
  ])('decides %s for %j', (decision, headers) => {
    expect(decide(policyOf(), headers)).toBe(decision);
  });

  it('refuses two content types, of which Node shows the first only', () => {
    const raw = ['Content-Type', 'application/json', 'Host', 'a', 'content-type', 'image/png'];

    expect(decide(policyOf(), typed('application/json'), raw)).toBe(415);
  });

  it('says what it takes', () => {
    expect((policyOf().decide(typed('image/png'), []) as HttpException).message).toBe(
      'A body of type "image/png" is not accepted. This route takes application/json, *+json, application/x-www-form-urlencoded.',
    );
  });
});

describe('a route that declares bodies', () => {
  const audio: AcceptedBody = { as: 'stream', types: ['Audio/*'], maxBytes: 100 };

  it.each<[string, AcceptedBody[], string | number, IncomingHttpHeaders]>([
    ['takes them', [audio], 'stream', typed('audio/wav')],
    ['takes nothing else', [audio], 415, typed('application/json')],
    ['has their limit', [audio], 413, { ...typed('audio/wav'), 'content-length': '101' }],
    ['takes several', [{ as: 'json' }, audio], 'json', typed('application/json')],
    [
      'takes JSON of one type',
      [{ as: 'json', types: ['application/vnd.a+json'] }],
      415,
      typed('application/vnd.b+json'),
    ],
    [
      'leaves the charset of bytes alone',
      [{ as: 'bytes', types: ['text/*'] }],
      'bytes',
      typed('text/plain; charset=utf-16'),
    ],
    [
      'does not take a text in another charset',
      [{ as: 'text', types: ['text/*'] }],
      415,
      typed('text/plain; charset=utf-16'),
    ],
    ['takes any type, and a body without one', [{ as: 'stream', types: ['*/*'] }], 'stream', { 'content-length': '2' }],
    ['refuses a compressed stream', [audio], 415, { ...typed('audio/wav'), 'content-encoding': 'gzip' }],
  ])('%s', (_what, declared, decision, headers) => {
    expect(decide(policyOf(...declared), headers)).toBe(decision);
  });

  it('gives a route its own limits where it names them, and those of the server elsewhere', () => {
    const rule = policyOf({ as: 'stream', types: ['a/b'], idleTimeoutMs: 7, minRate: 0 }).decide(typed('a/b'), []);

    expect(rule).toMatchObject({
      idleTimeoutMs: 7,
      minRate: 0,
      rateWindowMs: 30_000,
      maxBytes: 1_048_576,
      timeoutMs: Infinity,
    });
  });
});
