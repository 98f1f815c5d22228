import { isMediaTypePattern, matchesMediaType, parseMediaType } from '../../../../src/http/bodies/media-type.js';

describe('a content type', () => {
  it.each<[string, string, Record<string, string>]>([
    ['application/json', 'application/json', {}],
    ['Application/JSON ; Charset="UTF-8"', 'application/json', { charset: 'UTF-8' }],
    ['multipart/form-data; boundary=----x', 'multipart/form-data', { boundary: '----x' }],
    ['text/plain;', 'text/plain', {}],
    ['application/vnd.a.b+json;v=1;q="a b"', 'application/vnd.a.b+json', { v: '1', q: 'a b' }],
  ])('is read from %j', (header, essence, parameters) => {
    const type = parseMediaType(header);

    expect([type?.essence, Object.fromEntries(type?.parameters ?? [])]).toEqual([essence, parameters]);
  });

  it.each([
    '',
    'json',
    '/',
    'a/',
    'application/json, image/png',
    'application/json image/png',
    '*/*',
    'audio/*',
    'a/b/c',
    'a/b;x',
    'a/b;charset=utf-8;charset=utf-16',
    'a/b;x="\\""',
    'ä/b',
    `a/${'b'.repeat(300)}`,
  ])('is not read from %j', (header) => {
    expect(parseMediaType(header)).toBeUndefined();
  });

  it.each([
    ['audio/wav', 'audio/wav', true],
    ['audio/wav', 'audio/*', true],
    ['audio/wav', '*/*', true],
    ['audio/wave', 'audio/wav', false],
    ['audiobook/x', 'audio/*', false],
  ])('%s matches %s: %s', (essence, pattern, isMatch) => {
    expect(matchesMediaType(essence, pattern)).toBe(isMatch);
  });

  it.each([
    ['audio/wav', true],
    ['audio/*', true],
    ['*/*', true],
    ['*/wav', false],
    ['application/*+json', false],
    ['audio', false],
    ['audio/wav; a=b', false],
    ['.wav', false],
  ])('%j is a pattern: %s', (text, isPattern) => {
    expect(isMediaTypePattern(text)).toBe(isPattern);
  });
});
