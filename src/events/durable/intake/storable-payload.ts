/** Turns a payload into a text that gives the same payload back, and refuses what no text would give back. */
import type { ClassConstructor } from 'class-transformer';
import { assertComesBack, messageOf, NotStorableError, storableText } from '../../../common/index.js';
import { instanceOf } from '../../contracts/event-validation.js';
import { PayloadProblem } from '../../contracts/plain-data.js';
import { hasTransformations } from '../../contracts/typed-properties.metadata.js';

/**
 * @param eventClass what the text will be made an instance of
 * @throws PayloadProblem
 */
export function payloadText(
  payload: unknown,
  eventClass: ClassConstructor<object> | undefined,
  maxBytes: number,
): string {
  const text = textOf(payload, eventClass);
  // A character has three bytes at most, so most texts need not be measured.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes)
    throw new PayloadProblem(`it has more than ${maxBytes} bytes`);
  return text;
}

function textOf(payload: unknown, eventClass: ClassConstructor<object> | undefined): string {
  if (payload === undefined) return 'null';
  try {
    const { text, isCertain } = storableText(payload);
    if (!isCertain || (eventClass && hasTransformations(eventClass))) {
      const plain: unknown = JSON.parse(text);
      assertComesBack(payload, eventClass ? instanceOf(eventClass, plain) : plain);
    }
    return text;
  } catch (error) {
    throw new PayloadProblem(
      error instanceof NotStorableError ? error.message : `it cannot be read: ${messageOf(error)}`,
    );
  }
}
