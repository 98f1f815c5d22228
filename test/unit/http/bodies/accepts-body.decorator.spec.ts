import { AcceptsBody, type AcceptedBody, BodyDeclarationError } from '../../../../src/index.js';
import { readAcceptedBodies } from '../../../../src/http/bodies/accepts-body.metadata.js';

function declare(...bodies: unknown[]): readonly AcceptedBody[] | undefined {
  class Uploads {
    receive(): void {}
  }
  const descriptor = Object.getOwnPropertyDescriptor(Uploads.prototype, 'receive') as PropertyDescriptor;
  AcceptsBody(...(bodies as AcceptedBody[]))(Uploads.prototype, 'receive', descriptor);
  return readAcceptedBodies(Uploads.prototype.receive);
}

describe('@AcceptsBody', () => {
  it('records what it is given, which cannot be changed afterwards', () => {
    const types = ['audio/wav'];
    const bodies = [{ as: 'json' }, { as: 'stream', types, maxBytes: Infinity, minRate: 0 }];
    const recorded = declare(...bodies);
    types.push('image/png');

    expect(recorded).toEqual([{ as: 'json' }, { as: 'stream', types: ['audio/wav'], maxBytes: Infinity, minRate: 0 }]);
  });

  it.each<[unknown[], RegExp]>([
    [[], /names no body/],
    [['text/plain'], /object with `as`/],
    [[null], /object with `as`/],
    [[{ as: 'xml' }], /`as` is "json", "form"/],
    [[{ as: 'stream' }], /needs `types`/],
    [[{ as: 'bytes', types: [] }], /list of content types/],
    [[{ as: 'bytes', types: 'image/png' }], /list of content types/],
    [[{ as: 'text', types: ['text'] }], /"text" is not a content type/],
    [[{ as: 'text', types: [7] }], /7 is not a content type/],
    [[{ as: 'json', maxBytes: Infinity }], /for streams and multipart only/],
    [[{ as: 'json', maxBytes: 0 }], /`maxBytes` is a number from 1 on/],
    [[{ as: 'json', maxKeys: '7' }], /`maxKeys` is a number/],
    [[{ as: 'stream', types: ['a/b'], timeoutMs: 5 }], /no `timeoutMs`/],
    [[{ as: 'stream', types: ['a/b'], minRate: -1 }], /`minRate` is a number from 0 on/],
    [[{ as: 'stream', types: ['a/b'], idleTimeoutMs: NaN }], /`idleTimeoutMs`/],
    [[{ as: 'json' }, { as: 'stream' }], /needs `types`/],
  ])('refuses %j while the class is defined, with the method', (bodies, problem) => {
    expect(() => declare(...bodies)).toThrow(BodyDeclarationError);
    expect(() => declare(...bodies)).toThrow(problem);
    expect(() => declare(...bodies)).toThrow(/Uploads\.receive/);
  });
});
