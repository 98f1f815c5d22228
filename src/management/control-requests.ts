/** The commands that a server takes, and what each of them has to look like. */
import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min, validateSync } from 'class-validator';
import { isEventPattern, type EventOperations } from '../events/index.js';
import type { ControlCommand } from './control-protocol.js';
import { ControlRequestError } from './management.errors.js';

const LONGEST_TEXT = 1_000;

class EventsRequest {
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) name?: string;
  @IsOptional() @IsInt() fromTime?: number;
  @IsOptional() @IsInt() beforeTime?: number;
  @IsInt() @Min(1) @Max(1_000) limit!: number;
  @IsOptional() @IsInt() @Min(0) through?: number;
}

class EventRequest {
  @IsString() @MaxLength(LONGEST_TEXT) id!: string;
}

export class FollowRequest {
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) name?: string;
  @IsInt() @Min(0) after!: number;
}

class ReplayRequest {
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) eventId?: string;
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) events?: string;
  @IsOptional() @IsInt() fromTime?: number;
  @IsOptional() @IsInt() beforeTime?: number;
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) subscription?: string;
}

class ChoiceRequest {
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) eventId?: string;
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) subscription?: string;
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) plugin?: string;
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) event?: string;
}

class LetterRequest extends ChoiceRequest {
  @IsString() @MaxLength(LONGEST_TEXT) declare eventId: string;
}

class LettersRequest extends ChoiceRequest {
  @IsInt() @Min(1) @Max(1_000) limit!: number;
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) after?: string;
}

class ParkedRequest {
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) subscription?: string;
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) plugin?: string;
}

class ParkedPageRequest extends ParkedRequest {
  @IsInt() @Min(1) @Max(1_000) limit!: number;
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) after?: string;
}

class SkipRequest {
  @IsString() @MaxLength(LONGEST_TEXT) subscription!: string;
  @IsOptional() @IsString() @MaxLength(LONGEST_TEXT) eventId?: string;
}

export interface CommandEntry {
  /** Whether it changes anything: then its result belongs into the log. */
  readonly changes: boolean;
  /** @throws ControlRequestError and whatever the operation throws */
  readonly run: (operations: EventOperations, body: unknown) => Promise<unknown>;
}

export const COMMANDS: Readonly<Record<ControlCommand, CommandEntry>> = {
  listEvents: entry(EventsRequest, (operations, query) => operations.listEvents(query)),
  showEvent: entry(EventRequest, (operations, { id }) => operations.showEvent(id)),
  planReplay: entry(ReplayRequest, (operations, query) => operations.planReplay(query)),
  replay: entry(ReplayRequest, (operations, query) => operations.replay(query), 'changes'),
  listParked: entry(ParkedPageRequest, (operations, query) => operations.listParked(query)),
  countParked: entry(ParkedRequest, (operations, choice) => operations.countParked(choice)),
  skipParked: entry(SkipRequest, (operations, choice) => operations.skipParked(choice), 'changes'),
  listDeadLetters: entry(LettersRequest, (operations, query) => operations.listDeadLetters(query)),
  showDeadLetters: entry(LetterRequest, (operations, choice) => operations.showDeadLetters(choice)),
  countDeadLetters: entry(ChoiceRequest, (operations, choice) => operations.countDeadLetters(choice)),
  retryDeadLetters: entry(ChoiceRequest, (operations, choice) => operations.retryDeadLetters(choice), 'changes'),
  dropDeadLetters: entry(ChoiceRequest, (operations, choice) => operations.dropDeadLetters(choice), 'changes'),
};

function entry<T extends object>(
  type: ClassConstructor<T>,
  run: (operations: EventOperations, request: T) => Promise<unknown>,
  effect?: 'changes',
): CommandEntry {
  return { changes: effect === 'changes', run: (operations, body) => run(operations, requestOf(type, body)) };
}

/**
 * What is not known is refused and never left out: a filter that is left out would choose everything.
 *
 * @throws ControlRequestError
 */
export function requestOf<T extends object>(type: ClassConstructor<T>, body: unknown): T {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ControlRequestError('it is no object');
  const request = plainToInstance(type, body);
  const problems = validateSync(request, {
    whitelist: true,
    forbidNonWhitelisted: true,
    validationError: { target: false, value: false },
  });
  const words = problems.flatMap(({ constraints = {} }) => Object.values(constraints));
  for (const pattern of patternsOf(request)) if (!isEventPattern(pattern)) words.push('a pattern of names is none');
  if (words.length > 0) throw new ControlRequestError(words.sort().join('; '));
  return request;
}

function patternsOf(request: { name?: string; events?: string; event?: string }): string[] {
  return [request.name, request.events, request.event].filter((pattern) => pattern !== undefined);
}
