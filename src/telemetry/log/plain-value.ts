/**
 * Turns what is logged into plain data that JSON shows as what it is: errors with their causes, maps, sets, dates, bytes, cycles, and what
 * cannot be read. One value of any size gives a bounded result. Never throws, and never shows the text of a `Secret`.
 */
import { types } from 'node:util';
import { isInstance, isSecret, messageOf } from '../../common/index.js';
import { errorFields } from './error-fields.js';
import { cutText, MAX_TEXT_LENGTH } from './log-line.js';

/** Objects in objects: what is deeper is named and not shown. */
const MAX_DEPTH = 64;
/** Values in one record. */
const MAX_VALUES = 2_000;
/** Characters of all texts in one record. */
const MAX_CHARACTERS = 65_536;
const MAX_ITEMS = 100;
const MAX_BYTES = 64;

/** What a value becomes. Maps have no prototype, so that a field may have any name. */
export type PlainValue = null | boolean | number | string | PlainValue[] | PlainFields;

interface PlainFields {
  [field: string]: PlainValue;
}

export function plainValue(value: unknown): PlainValue {
  return new PlainWriter().write(value);
}

/** The fields of a record. What pino's own serializers are for is left to them. */
export function plainFields(fields: object): Record<string, unknown> {
  const writer = new PlainWriter();
  const result: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(fields)) {
    result[key] = key === 'req' || key === 'res' ? fields[key as keyof typeof fields] : writer.field(fields, key);
  }
  return result;
}

export function isErrorValue(value: unknown): value is Error {
  // The second for what an error is the prototype of.
  return Error.isError(value) || (typeof value === 'object' && isInstance(value, Error));
}

/** Whether an object is what its own fields are: an object literal, or an instance of a class without a form of its own. */
export function isFieldBag(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isSecret(value) || isErrorValue(value)) return false;
  try {
    return (
      Object.prototype.toString.call(value) === '[object Object]' &&
      !('toJSON' in value && typeof value.toJSON === 'function')
    );
  } catch {
    return false;
  }
}

/** Writes the values of one record, which share the limits. */
class PlainWriter {
  readonly #above: object[] = [];
  #values = 0;
  #characters = 0;

  write(value: unknown, key = ''): PlainValue {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : numberName(value);
    if (typeof value === 'bigint') return this.#text(`${value}n`);
    if (typeof value === 'symbol') return this.#text(String(value));
    if (typeof value === 'function') return functionName(value);
    return value === undefined ? 'undefined' : this.#object(value, key);
  }

  /** The field of an object, whose getter may throw. */
  field(of: object, key: string): PlainValue {
    try {
      return this.write(of[key as keyof typeof of], key);
    } catch (error) {
      return unreadable(error);
    }
  }

  #text(text: string): string {
    const left = MAX_CHARACTERS - this.#characters;
    this.#characters += Math.min(text.length, MAX_TEXT_LENGTH);
    return cutText(text, Math.max(0, Math.min(left, MAX_TEXT_LENGTH)));
  }

  #object(value: object, key: string): PlainValue {
    if (this.#above.includes(value)) return '[circular]';
    if (this.#above.length >= MAX_DEPTH || ++this.#values > MAX_VALUES)
      return `[${Array.isArray(value) ? 'list' : 'object'}, not shown]`;
    this.#above.push(value);
    try {
      return this.#contentOf(value, key);
    } catch (error) {
      // A revoked proxy, for example, refuses everything.
      return unreadable(error);
    } finally {
      this.#above.pop();
    }
  }

  #contentOf(value: object, key: string): PlainValue {
    if (isSecret(value)) return '[secret]';
    if (isErrorValue(value)) return this.#fields(errorFields(value, this.#isCause()));
    if (Array.isArray(value)) return this.#items(value, value.length);
    if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (types.isRegExp(value) || value instanceof URLSearchParams) return this.#text(String(value));
    if (value instanceof URL) return this.#text(addressOf(value));
    if (types.isBoxedPrimitive(value)) return this.write(value.valueOf());
    if (types.isMap(value)) return this.#map(value);
    if (types.isSet(value)) return this.#items(value, value.size);
    if (types.isAnyArrayBuffer(value)) return bytesOf(new Uint8Array(value));
    if (ArrayBuffer.isView(value)) return this.#view(value);
    const own = ownForm(value, key);
    return own === undefined ? this.#ordinary(value) : this.write(own.form);
  }

  #ordinary(value: object): PlainValue {
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    const keys = Object.keys(value);
    // A promise, a stream of the web, a generator: nothing of it would show.
    return tag !== 'Object' && keys.length === 0 ? `[${tag}]` : this.#fields(value, keys);
  }

  #fields(value: object, keys: readonly string[] = Object.keys(value)): PlainFields {
    const fields: PlainFields = Object.create(null);
    for (const [index, key] of keys.entries()) {
      if (this.#isOverLimit(index)) {
        fields['…'] = `${keys.length - index} more`;
        break;
      }
      const isAbsent = Object.getOwnPropertyDescriptor(value, key)?.value === undefined && !hasGetter(value, key);
      if (!isAbsent) fields[cutText(key, MAX_TEXT_LENGTH)] = this.field(value, key);
    }
    return fields;
  }

  #items(values: Iterable<unknown>, count: number): PlainValue[] {
    const items: PlainValue[] = [];
    for (const item of values) {
      if (this.#isOverLimit(items.length)) {
        items.push(`… ${count - items.length} more`);
        break;
      }
      items.push(this.write(item));
    }
    return items;
  }

  /** By key where all keys are texts, else as pairs. */
  #map(map: ReadonlyMap<unknown, unknown>): PlainValue {
    const isByText = map.keys().every((key) => typeof key === 'string');
    if (!isByText) return this.#items(map, map.size);
    const fields: Record<string, unknown> = Object.create(null);
    for (const [key, item] of map.entries().take(MAX_ITEMS + 1)) fields[String(key)] = item;
    const plain = this.#fields(fields);
    if (map.size > MAX_ITEMS) plain['…'] = `${map.size - MAX_ITEMS} more`;
    return plain;
  }

  #view(view: ArrayBufferView): PlainValue {
    const isList = types.isTypedArray(view) && !types.isUint8Array(view) && !types.isUint8ClampedArray(view);
    if (isList) return this.#items(view, view.length);
    return bytesOf(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  }

  /** Whether what is written now is the cause of the error above it, whose stack tells of it already. */
  #isCause(): boolean {
    return this.#above.slice(0, -1).some(isErrorValue);
  }

  #isOverLimit(index: number): boolean {
    return index >= MAX_ITEMS || ++this.#values > MAX_VALUES;
  }
}

/** What the object itself says that it is, in JSON. */
function ownForm(value: object, key: string): { readonly form: unknown } | undefined {
  try {
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON !== 'function') return undefined;
    const form: unknown = toJSON.call(value, key);
    return form === value ? undefined : { form };
  } catch {
    // Its fields say more than that.
    return undefined;
  }
}

function hasGetter(value: object, key: string): boolean {
  // A proxy may name a key that it has no descriptor for.
  const descriptor = Object.getOwnPropertyDescriptor(value, key);
  return descriptor === undefined || descriptor.get !== undefined;
}

function numberName(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function functionName(value: { readonly name: string }): string {
  try {
    return `[function ${value.name || 'without a name'}]`;
  } catch {
    return '[function]';
  }
}

/** Without the password that an address may carry. */
function addressOf(url: URL): string {
  if (url.password === '') return url.href;
  const shown = new URL(url);
  shown.password = 'secret';
  return shown.href.replace(':secret@', ':[secret]@');
}

function bytesOf(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, MAX_BYTES)).toString('hex');
  return `[${bytes.byteLength} bytes: ${shown}${bytes.byteLength > MAX_BYTES ? '…' : ''}]`;
}

function unreadable(error: unknown): string {
  return `[cannot be read: ${messageOf(error)}]`;
}
