/**
 * The HTTP side of the plugin. An ordinary Nest controller: the host serves it under `/api/example`, answers 503 while the plugin is not
 * ready, and lets open requests finish when it stops.
 */
import {
  Body,
  Controller,
  Get,
  Headers,
  Post,
  UnauthorizedException,
  UnprocessableEntityException,
  ValidationPipe,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiTags,
  ApiUnauthorizedResponse,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { ExampleConfig } from './example.config.js';
import { BlockedWordError, NoteBoard } from './note-board.js';

/** The body of `POST /api/example`. */
export class NewNote {
  @ApiProperty({ minLength: 1, maxLength: 500 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(500)
  text!: string;
}

export class NoteList {
  @ApiProperty()
  summary!: string;

  @ApiProperty({ type: [String] })
  notes!: readonly string[];
}

// A field that is not in the class is refused, so that a client learns of its slips.
const validated = new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true });

@ApiTags('example')
@Controller()
export class ExampleController {
  constructor(
    private readonly board: NoteBoard,
    private readonly config: ExampleConfig,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Lists the notes.' })
  @ApiOkResponse({ type: NoteList })
  list(): NoteList {
    return { summary: this.board.summary(), notes: this.board.notes };
  }

  @Post()
  @ApiOperation({ summary: 'Adds a note.' })
  @ApiHeader({
    name: 'x-write-key',
    required: false,
    description: 'The key that the configuration asks for, if it asks for one.',
  })
  @ApiCreatedResponse({ type: NoteList })
  @ApiUnprocessableEntityResponse({ description: 'It contains a blocked word.' })
  @ApiUnauthorizedResponse({ description: 'The header x-write-key lacks the key that the configuration asks for.' })
  async add(@Body(validated) note: NewNote, @Headers('x-write-key') key: string = ''): Promise<NoteList> {
    // `equals` takes the same time for every wrong key, and nothing here has to reveal the right one.
    if (this.config.writeKey?.equals(key) === false)
      throw new UnauthorizedException('The header x-write-key is missing or wrong.');
    try {
      await this.board.add(note.text);
    } catch (error) {
      if (error instanceof BlockedWordError) throw new UnprocessableEntityException(error.message);
      throw error;
    }
    return this.list();
  }
}
