/**
 * The events that the plugin publishes. The class is the contract: its decorators are checked each time one is published. Other plugins
 * subscribe by the name and say with a small interface of their own what they need of the payload; they do not import this file.
 *
 * `example.state.changed` is not among them: the host publishes it by itself for each change of a plugin's state.
 */
import { IsInt, IsString, Min } from 'class-validator';
import { EventContract } from 'panotti';

/** There is a new note. Raise `version` when the shape changes in a way that old handlers do not understand. */
@EventContract('example.note-added', { version: 1 })
export class NoteAdded {
  /** How many notes there are now. */
  @IsInt() @Min(0) notes!: number;
  /** The new one. */
  @IsString() latest!: string;
}
