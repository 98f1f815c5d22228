/** Short forms for the rows of `nest-words.ts`: requests, and what is answered. */
import type { ModuleMetadata } from '@nestjs/common';
import type { AskedWord } from './nest-words.js';

export type ClassType = NonNullable<ModuleMetadata['controllers']>[number];

export const row = (
  title: string,
  ask: AskedWord['ask'],
  is: AskedWord['is'],
  differs?: AskedWord['differs'],
): AskedWord => ({
  title,
  ask,
  is,
  ...(differs && { differs }),
});

/** A request with one header. */
export const has = (name: string, value = '1'): RequestInit => ({ headers: { [name]: value } });

/** A request with a JSON body. */
export const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** The answer that Nest makes of an HTTP exception. */
export const refusal = (statusCode: number, message: string, name: string): AskedWord['is'] => ({
  status: statusCode,
  body: { statusCode, message, error: name },
});

export const FORBIDDEN = refusal(403, 'Forbidden resource', 'Forbidden');
