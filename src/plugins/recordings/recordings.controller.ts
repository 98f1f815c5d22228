/** The HTTP side of recordings, served under `/api/recordings`. */
import type { Readable } from 'node:stream';
import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Put,
  Query,
  Req,
  Sse,
  ValidationPipe,
  type MessageEvent,
  type StreamableFile,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConflictResponse,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiPayloadTooLargeResponse,
  ApiProduces,
  ApiResponse,
  ApiTags,
  ApiUnprocessableEntityResponse,
  ApiUnsupportedMediaTypeResponse,
} from '@nestjs/swagger';
import { AcceptsBody, BodyStream, SendFile, type FileSender } from 'panotti';
import type { Observable } from 'rxjs';
import { RecordingFeed } from './recording-feed.js';
import { OpenRecording, Paging, RecordingPage } from './recording.dto.js';
import { Recording } from './recording.js';
import { RecordingsService } from './recordings.service.js';

/** What is used of a request, whichever HTTP server is below. */
interface UploadRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const AUDIO_TYPES = ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave', 'application/octet-stream'];

/** A client that lets more than this wait is cut off; it comes back with the last event that it got. */
const MAX_PENDING_CHARACTERS = 1_000_000;
const ID = { name: 'id', format: 'uuid', description: 'The id of a recording.' };

const validated = new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true });

@ApiTags('recordings')
@Controller()
export class RecordingsController {
  constructor(
    private readonly recordings: RecordingsService,
    private readonly feed: RecordingFeed,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Opens a recording session.' })
  @ApiBody({ type: OpenRecording, required: false })
  @ApiCreatedResponse({ type: Recording })
  start(@Body(validated) body: OpenRecording): Promise<Recording> {
    return this.recordings.start(body.title);
  }

  @Get()
  @ApiOperation({ summary: 'Lists recordings, newest first.' })
  @ApiOkResponse({ type: RecordingPage })
  list(@Query(validated) paging: Paging): RecordingPage {
    return this.recordings.list(paging);
  }

  @Get(':id')
  @ApiParam(ID)
  @ApiOperation({ summary: 'Shows one recording.' })
  @ApiOkResponse({ type: Recording })
  @ApiNotFoundResponse()
  get(@Param('id', ParseUUIDPipe) id: string): Recording {
    return this.recordings.get(id);
  }

  @Put(':id/audio')
  @ApiParam(ID)
  // The service limits them: how large they may be is a setting.
  @AcceptsBody({ as: 'stream', types: AUDIO_TYPES, maxBytes: Infinity })
  @ApiOperation({
    summary: 'Takes the audio of a recording: a WAV file as the whole body. Audio that was there is replaced.',
  })
  @ApiConsumes(...AUDIO_TYPES)
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiOkResponse({ type: Recording })
  @ApiNotFoundResponse()
  @ApiConflictResponse({ description: 'It has ended, or another request is changing it.' })
  @ApiPayloadTooLargeResponse()
  @ApiUnsupportedMediaTypeResponse({ description: 'The body is no WAV file.' })
  @ApiUnprocessableEntityResponse({ description: 'The WAV file is damaged or cut off.' })
  receive(
    @Param('id', ParseUUIDPipe) id: string,
    @BodyStream() audio: Readable | undefined,
    @Req() request: UploadRequest,
  ): Promise<Recording> {
    // A request that has neither a body nor a type for one.
    if (!audio)
      throw new BadRequestException(
        `Send the WAV file as the body, with one of these content types: ${AUDIO_TYPES.join(', ')}.`,
      );
    return this.recordings.receive(id, audio, declaredBytes(request));
  }

  @Get(':id/audio')
  @ApiParam(ID)
  @ApiOperation({ summary: 'Downloads the audio of a recording.' })
  @ApiProduces('audio/wav')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @ApiNotFoundResponse()
  @ApiResponse({ status: 206, description: 'The part that `Range` asks for.' })
  @ApiResponse({ status: 304, description: 'The client has it already.' })
  @ApiResponse({ status: 416, description: 'The range is outside of the file.' })
  download(
    @Param('id', ParseUUIDPipe) id: string,
    @SendFile() sendFile: FileSender,
  ): Promise<StreamableFile | undefined> {
    return sendFile(this.recordings.audioFile(id), { type: 'audio/wav', filename: `${id}.wav` });
  }

  @Post(':id/end')
  @ApiParam(ID)
  @HttpCode(200)
  @ApiOperation({ summary: 'Completes a recording; other plugins begin to work on it.' })
  @ApiOkResponse({ type: Recording })
  @ApiNotFoundResponse()
  @ApiConflictResponse({ description: 'It has no audio, it has ended, or another request is changing it.' })
  end(@Param('id', ParseUUIDPipe) id: string): Promise<Recording> {
    return this.recordings.end(id);
  }

  @Sse(':id/events', { maxPendingDataLength: MAX_PENDING_CHARACTERS })
  @ApiParam(ID)
  @ApiOperation({
    summary: 'Streams every event that concerns a recording, from now on (server-sent events).',
    description:
      'With Last-Event-ID: from that event on, or `recording.events-missed` first where the server does not keep it any more.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false })
  @ApiOkResponse({ description: 'Each message has an event in JSON: `id`, `name`, `source`, `time` and `payload`.' })
  @ApiNotFoundResponse()
  events(
    @Param('id', ParseUUIDPipe) id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
  ): Observable<MessageEvent> {
    this.recordings.get(id);
    return this.feed.of(id, lastEventId);
  }
}

/** `undefined` for a body sent in chunks, whose length nobody knows. */
function declaredBytes({ headers }: UploadRequest): number | undefined {
  const length = Number(headers['content-length'] ?? NaN);
  return Number.isFinite(length) ? length : undefined;
}
