import 'reflect-metadata';
import { Type } from 'class-transformer';
import { payloadText } from '../../../../../src/events/durable/intake/storable-payload.js';
import { instanceOf } from '../../../../../src/events/contracts/event-validation.js';

class Level {
  value = 0;
}

class Measured {
  @Type(() => Level) level = new Level();
}

function measured(value: number): Measured {
  return Object.assign(new Measured(), { level: Object.assign(new Level(), { value }) });
}

describe('the stored text of a payload', () => {
  it.each<[string, unknown]>([
    ['alone', -0],
    ['in a map', { level: -0, other: 0 }],
    ['in a list', [-0, 0, 1]],
    ['deep inside', { a: [{ b: -0 }] }],
  ])('keeps the sign of a zero below zero: %s', (_title, payload) => {
    expect(JSON.parse(payloadText(payload, undefined, 1_000))).toEqual(payload);
  });

  it('keeps it inside of a class as well', () => {
    const text = payloadText(measured(-0), Measured, 1_000);

    expect(instanceOf(Measured, JSON.parse(text))).toEqual(measured(-0));
  });
});
