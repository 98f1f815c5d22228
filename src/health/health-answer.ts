/** What the health endpoints answer, as the API document describes it; terminus and `health-lines.ts` make it. */
import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';

type Status = 'up' | 'degraded' | 'down';

const STATUSES: readonly Status[] = ['up', 'degraded', 'down'];

export class HealthCheckLine {
  @ApiProperty({ enum: STATUSES })
  status!: Status;
}

/** The details of a check are its own, where the operator shows them. */
@ApiExtraModels(HealthCheckLine)
export class HealthLine {
  @ApiProperty({ enum: STATUSES })
  status!: Status;

  @ApiProperty({ description: 'State of the server, of its store or of the plugin.', example: 'ready' })
  state!: string;

  @ApiPropertyOptional({ description: 'Of a plugin: true if the server is not ready without it.' })
  required?: boolean;

  @ApiPropertyOptional({ description: 'Of a plugin, with `health.details`.', example: '1.0.0' })
  version?: string;

  @ApiPropertyOptional({ description: 'Why a plugin is not up, with `health.details`.' })
  reason?: string;

  @ApiPropertyOptional({
    description: 'Of the store, with `health.details`: damaged entries.',
    type: 'integer',
    minimum: 0,
  })
  damaged?: number;

  @ApiPropertyOptional({
    description: 'Of the store, with `health.details`: entries yet to be sealed.',
    type: 'integer',
    minimum: 0,
  })
  resealLeft?: number;

  @ApiPropertyOptional({
    type: 'object',
    description: 'Health checks of a plugin by their names.',
    additionalProperties: { $ref: getSchemaPath(HealthCheckLine) },
  })
  checks?: Record<string, HealthCheckLine>;
}

/** Lines by the name of the plugin; `panotti` is the server and `panotti.store` its store. */
const LINES = { type: 'object', additionalProperties: { $ref: getSchemaPath(HealthLine) } } as const;

@ApiExtraModels(HealthLine)
export class HealthAnswer {
  @ApiProperty({
    enum: ['ok', 'degraded', 'error', 'shutting_down'],
    description: '`degraded` while only plugins that are not required, or checks, are not well.',
  })
  status!: string;

  @ApiPropertyOptional({ ...LINES, description: 'What is well or degraded.' })
  info?: Record<string, HealthLine>;

  @ApiPropertyOptional({ ...LINES, description: 'What is not well.' })
  error?: Record<string, HealthLine>;

  @ApiProperty({ ...LINES, description: 'Both.' })
  details!: Record<string, HealthLine>;
}
