/** Texts that must not turn up, and the search for them in the forms in which they could. */
import { randomBytes } from 'node:crypto';

/** The forms that are searched for. The last one finds what was cut. */
export const ENCODINGS = ['raw', 'base64', 'hex', 'url', 'json', 'first 8 characters'] as const;

type Encoding = (typeof ENCODINGS)[number];

/** A secret that no other text looks like, with characters that each encoding changes. */
export function canary(): string {
  return `${randomBytes(9).toString('base64url')}"\\ü%&${randomBytes(6).toString('base64url')}`;
}

/** Which canaries, by name, are in `text`, and in which form: `variable as base64`. */
export function canariesIn(text: string, canaries: Readonly<Record<string, string>>): string[] {
  const lower = text.toLowerCase();
  return Object.entries(canaries).flatMap(([name, secret]) =>
    ENCODINGS.filter((encoding) =>
      formsOf(secret, encoding).some((form) => (encoding === 'hex' ? lower : text).includes(form)),
    ).map((encoding) => `${name} as ${encoding}`),
  );
}

function formsOf(secret: string, encoding: Encoding): string[] {
  switch (encoding) {
    case 'raw':
      return [secret];
    case 'base64':
      return [0, 1, 2].flatMap((shift) => base64At(secret, shift));
    case 'hex':
      return [Buffer.from(secret).toString('hex')];
    case 'url':
      return [encodeURIComponent(secret), encodeURI(secret)];
    case 'json':
      return [JSON.stringify(secret).slice(1, -1), JSON.stringify(JSON.stringify(secret)).slice(3, -3)];
    case 'first 8 characters':
      return [secret.slice(0, 8)];
  }
}

/** As it looks inside a longer text, where it begins at one of three places of a group; without the characters that its neighbours share. */
function base64At(secret: string, shift: number): string[] {
  const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]).toString('base64');
  const own = encoded.slice(shift === 0 ? 0 : 4, -4);
  return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
}
