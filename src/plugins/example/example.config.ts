/**
 * The settings of the plugin. This class is everything there is to write: the host validates the section `example.settings` of
 * plugins.yaml against it before anything is built, fills in the defaults, freezes the instance and injects it.
 */
import {
  ArrayMaxSize,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IsDuration, IsSecret, Nested, Secret } from 'panotti';

const TONES = ['plain', 'friendly'] as const;

/** A nested section; `@Nested` below is all that it needs. */
export class ExampleFeatures {
  /** Whether the summary is kept until the notes change. */
  @IsBoolean() enableCaching: boolean = true;
}

export class ExampleConfig {
  // The type is written out although the default implies it: the decorators read it, and so do people.

  /** A text: the first line of the summary. */
  @IsString() @IsNotEmpty() @MaxLength(100) title: string = 'Notes';

  /** A number with a range: how many notes are kept; the oldest go first. */
  @IsInt() @Min(1) @Max(1_000) maxNotes: number = 100;

  /** A yes or no: whether each note is written to the journal file too. */
  @IsBoolean() keepJournal: boolean = true;

  /** One of several words: how a note about a recording reads. */
  @IsIn(TONES) tone: (typeof TONES)[number] = 'plain';

  /** A list: words that no note may contain. */
  @IsString({ each: true }) @ArrayMaxSize(100) blockedWords: string[] = [];

  /** A duration: the longest time for one line of the journal, with its retries, in seconds. In YAML also `2m`, or `timeout: ${PLUGIN_TIMEOUT:-30}`. */
  @IsDuration({ min: '1s', max: '10m' }) timeout: number = 30;

  /** How often a line of the journal is tried again. */
  @IsInt() @Min(0) @Max(10) retryCount: number = 3;

  /**
   * A secret: who adds a note must send it in the header `x-write-key`; without one everybody may. Its value never shows anywhere. In YAML
   * it is a reference, and not the value itself: `writeKey: ${EXAMPLE_WRITE_KEY}`.
   */
  @IsOptional() @IsSecret({ minLength: 16 }) writeKey: Secret | undefined = undefined;

  /** A section of its own. */
  @Nested(() => ExampleFeatures) featureFlags: ExampleFeatures = new ExampleFeatures();
}
