/**
 * The events that the plugin publishes. The class is the contract: its decorators are checked each time one is published. Other plugins
 * subscribe by the name and say with a small interface of their own what they need of the payload; they do not import this file.
 */
import { IsInt, IsString, Min } from 'class-validator';
import { EventContract } from 'panotti';

/** The notes changed. Raise `version` when the shape changes in a way that old handlers do not understand. */
@EventContract('example.state.changed', { version: 1 })
export class ExampleStateChanged {
  /** How many notes there are now. */
  @IsInt() @Min(0) notes!: number;
  /** The newest one. */
  @IsString() latest!: string;
}
