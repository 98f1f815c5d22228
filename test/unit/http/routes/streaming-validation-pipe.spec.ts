import { Readable } from 'node:stream';
import { type ArgumentMetadata, BadRequestException, UnsupportedMediaTypeException } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import { StreamingValidationPipe } from '../../../../src/index.js';

class Note {
  @IsOptional() @IsString() text?: string;
}

const pipe = new StreamingValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true });
const transform = (
  value: unknown,
  metatype: ArgumentMetadata['metatype'],
  type: ArgumentMetadata['type'] = 'body',
): Promise<unknown> => pipe.transform(value, { type, metatype });

class Foreign {
  text = 'x';
}

describe('the validation pipe', () => {
  it.each<[string, unknown]>([
    ['a plain object', { text: 'x' }],
    ['an object without a prototype', Object.assign(Object.create(null), { text: 'x' })],
    ['an object as parsers of queries make it', Object.assign(Object.create(Object.create(null)), { text: 'x' })],
  ])('makes an instance of %s', async (_what, value) => {
    expect(await transform(value, Note)).toEqual(Object.assign(new Note(), { text: 'x' }));
  });

  it.each<[string, unknown]>([
    ['a stream', Readable.from(['x'])],
    ['a buffer', Buffer.from('x')],
    ['bytes', new Uint8Array(2)],
    ['an instance of a class', new Foreign()],
    ['a map', new Map([['text', 'x']])],
    ['a function', () => 'x'],
  ])('answers 415 to %s where a class is promised, or nothing', async (_what, value) => {
    for (const type of ['body', 'query', 'param'] as const) {
      await expect(transform(value, Note, type)).rejects.toThrow(UnsupportedMediaTypeException);
    }
    await expect(transform(value, undefined)).rejects.toThrow(UnsupportedMediaTypeException);
    await expect(transform(value, Object)).rejects.toThrow(UnsupportedMediaTypeException);
  });

  it('hands on what the parameter has the class of', async () => {
    const stream = Readable.from(['x']);

    expect(await transform(stream, Readable as NonNullable<ArgumentMetadata['metatype']>)).toBe(stream);
    expect(await transform(Buffer.from('x'), Buffer as unknown as NonNullable<ArgumentMetadata['metatype']>)).toEqual(
      Buffer.from('x'),
    );
  });

  it('refuses what the class does not allow', async () => {
    await expect(transform({ text: 5 }, Note)).rejects.toThrow(BadRequestException);
    await expect(transform({ other: 5 }, Note)).rejects.toThrow(BadRequestException);
  });
});
