/** What commands have in common that change one thing, or all that match. */
import type { CommandCall } from './command.js';
import type { CommonOptions } from './surroundings.js';

export interface ChangeOptions extends CommonOptions {
  readonly all?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** Ends with wrong usage unless the call names either one event or all. */
export function oneOrAll({
  request,
  options,
  usage,
}: Pick<
  CommandCall<ChangeOptions, readonly [], { readonly eventId?: string }>,
  'request' | 'options' | 'usage'
>): void {
  if (request.eventId === undefined && !options.all) usage('error: name an event by its id, or say --all.');
  if (request.eventId !== undefined && options.all) usage('error: an id and --all exclude each other.');
}
