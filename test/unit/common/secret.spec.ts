import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import { instanceToPlain } from 'class-transformer';
import { deepFreeze, isSecret, messageOf, Secret, toError } from '../../../src/common/index.js';

const TEXT = 'hunter2-correct-horse';

describe('a secret', () => {
  const secret = new Secret(TEXT);

  it('gives its text to whoever calls reveal', () => {
    expect(secret.reveal()).toBe(TEXT);
  });

  it.each<[string, () => unknown]>([
    ['a string', () => String(secret)],
    ['a template', () => `${secret}`],
    ['a sum of texts', () => `${'password: '}${secret}`],
    ['a locale string', () => secret.toLocaleString()],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['an inspection', () => inspect(secret)],
    ['an inspection of what holds it', () => inspect({ a: [new Map([[secret, new Set([secret])]])] }, { depth: 9 })],
    ['an inspection of hidden properties', () => inspect(secret, { showHidden: true, showProxy: true, getters: true })],
    [
      'an inspection without custom printers',
      () => inspect({ secret }, { customInspect: false, showHidden: true, depth: 9 }),
    ],
    ['an inspection of a copy', () => inspect(Object.assign(Object.create(Secret.prototype) as object, secret))],
    ['the message of an error', () => new Error(`wrong: ${secret}`).stack],
    ['an error that has it as its cause', () => inspect(new Error('wrong', { cause: secret }), { depth: 9 })],
    ['an error that has it as a property', () => inspect(Object.assign(new Error('wrong'), { secret }))],
    ['a thrown secret', () => `${messageOf(secret)} ${inspect(toError(secret))}`],
    ['an object of class-transformer', () => inspect(instanceToPlain({ secret }), { depth: 9 })],
    ['a serialization by V8', () => serialize({ secret }).toString('latin1')],
    [
      'its keys and properties',
      () => inspect([Object.entries(secret), Object.getOwnPropertyDescriptors(secret), { ...secret }], { depth: 9 }),
    ],
  ])('does not show in %s', (_where, show) => {
    const shown = show();

    expect(typeof shown).toBe('string');
    expect(shown).not.toContain(TEXT);
  });

  it('prints as [secret], also where a plain text would show', () => {
    expect([
      String(secret),
      `${secret}`,
      JSON.stringify([secret]),
      inspect(new Set([secret])),
      inspect({ a: { b: { secret } } }),
    ]).toEqual(['[secret]', '[secret]', '["[secret]"]', 'Set(1) { [secret] }', '{ a: { b: { secret: [secret] } } }']);
    expect(inspect({ a: { b: { secret: TEXT } } })).toContain(TEXT);
  });

  it('cannot be cloned or sent away: an empty copy would be mistaken for it', () => {
    expect(() => structuredClone({ secret })).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    const { port1 } = new MessageChannel();
    expect(() => port1.postMessage([secret])).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    port1.close();
  });

  it('cannot be changed, nor can what it prints be replaced', () => {
    expect(Object.isFrozen(secret)).toBe(true);
    expect(deepFreeze({ secret }).secret).toBe(secret);
    for (const target of [secret, Secret.prototype, Secret]) {
      expect(() => Object.assign(target, { toJSON: () => 'mine' })).toThrow(TypeError);
    }
    expect(() => Object.setPrototypeOf(secret, { toJSON: () => 'mine' })).toThrow(TypeError);
  });

  it('says of another one, or of a text, whether it is the same', () => {
    expect([
      secret.equals(new Secret(TEXT)),
      secret.equals(TEXT),
      secret.equals('hunter2'),
      secret.equals(''),
      secret.equals('[secret]'),
    ]).toEqual([true, true, false, false, false]);
  });

  it.each([[undefined], [null], [{}], [{ reveal: () => TEXT }], [42]])('is not the same as %s', (other: unknown) => {
    expect(secret.equals(other as undefined)).toBe(false);
  });

  it('takes nothing but a text, and does not show what it was given instead', () => {
    const wrong: unknown = { [TEXT]: TEXT };

    expect(() => new Secret(wrong as string)).toThrow(
      new TypeError('A Secret holds a text, and was given something else.'),
    );
    expect(() => Secret.prototype.reveal.call(Object.create(Secret.prototype))).toThrow(TypeError);
  });

  it('is known as one, also when a second copy of the package made it', () => {
    class OfAnotherCopy {
      get [Symbol.for('panotti:secret:v1')](): true {
        return true;
      }
    }
    expect([secret, new OfAnotherCopy()].every(isSecret)).toBe(true);
    expect(['[secret]', null, undefined, {}, new Map(), () => secret].some(isSecret)).toBe(false);
  });
});
