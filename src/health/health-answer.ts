/** What the health endpoints answer, as the API document describes it; terminus and `health-lines.ts` make it. */
import { Described, RefersTo } from './api-description.metadata.js';

type Status = 'up' | 'degraded' | 'down';

const STATUSES: readonly Status[] = ['up', 'degraded', 'down'];

export class HealthCheckLine {
  @Described({ enum: STATUSES })
  status!: Status;
}

/** The details of a check are its own, where the operator shows them. */
@RefersTo(HealthCheckLine)
export class HealthLine {
  @Described({ enum: STATUSES })
  status!: Status;

  @Described({ description: 'State of the server, of its store or of the plugin.', example: 'ready' })
  state!: string;

  @Described({ required: false, description: 'Of a plugin: true if the server is not ready without it.' })
  required?: boolean;

  @Described({ required: false, description: 'Of a plugin, with `health.details`.', example: '1.0.0' })
  version?: string;

  @Described({ required: false, description: 'Why a plugin is not up, with `health.details`.' })
  reason?: string;

  @Described({
    required: false,
    description: 'Of the store, with `health.details`: damaged entries.',
    type: 'integer',
    minimum: 0,
  })
  damaged?: number;

  @Described({
    required: false,
    description: 'Of the store, with `health.details`: entries yet to be sealed.',
    type: 'integer',
    minimum: 0,
  })
  resealLeft?: number;

  @Described({
    required: false,
    type: 'object',
    description: 'Health checks of a plugin by their names.',
    additionalProperties: { $ref: '#/components/schemas/HealthCheckLine' },
  })
  checks?: Record<string, HealthCheckLine>;
}

/** Lines by the name of the plugin; `panotti` is the server and `panotti.store` its store. */
const LINES = { type: 'object', additionalProperties: { $ref: '#/components/schemas/HealthLine' } } as const;

@RefersTo(HealthLine)
export class HealthAnswer {
  @Described({
    enum: ['ok', 'degraded', 'error', 'shutting_down'],
    description: '`degraded` while only plugins that are not required, or checks, are not well.',
  })
  status!: string;

  @Described({ required: false, ...LINES, description: 'What is well or degraded.' })
  info?: Record<string, HealthLine>;

  @Described({ required: false, ...LINES, description: 'What is not well.' })
  error?: Record<string, HealthLine>;

  @Described({ ...LINES, description: 'Both.' })
  details!: Record<string, HealthLine>;
}
