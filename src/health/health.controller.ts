/** The health endpoints, in the format of terminus; the module gives them their path. Only `/health` and `/health/plugins/<name>` run checks. */
import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import { HealthCheck as TerminusEndpoint, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { HOST_NAME, PLUGIN_NAME } from '../plugin/index.js';
import { Answers, Tagged } from './api-description.metadata.js';
import { HealthAnswer } from './health-answer.js';
import { HealthIndicators } from './health-indicators.js';
import { type Disclosure, hostLine, pluginLine, pluginLineOfServer, storeLine } from './health-lines.js';
import { HealthOptions } from './health.options.js';
import { KeptAnswers } from './kept-answers.js';
import { type PluginStatus, PluginStatusPort, StoreStatePort } from './host-status.port.js';

/** Terminus would describe each answer by itself, with examples of a database. */
const WITHOUT_DESCRIPTION = { noCache: true, swaggerDocumentation: false };

@Tagged('health')
@Controller()
export class HealthController {
  readonly #disclosure: Disclosure;

  constructor(
    private readonly terminus: HealthCheckService,
    private readonly indicators: HealthIndicators,
    private readonly host: PluginStatusPort,
    private readonly storeState: StoreStatePort,
    private readonly answers: KeptAnswers,
    options: HealthOptions,
  ) {
    // Without authentication everybody who asks is a stranger.
    this.#disclosure = options.details ? 'details' : 'states';
  }

  /** Says only that the event loop answers: a restart of the process would not fix anything else. */
  @Get('live')
  @Answers('Tells that the process answers.', {
    200: { type: HealthAnswer, description: 'It does.' },
  })
  @Header('Cache-Control', 'no-cache, no-store, must-revalidate')
  live(): HealthCheckResult {
    return { status: 'ok', info: {}, error: {}, details: {} };
  }

  /** 503 while the server starts or drains, while a required plugin is not up, or while nothing can be stored. */
  @Get('ready')
  @Answers('Tells whether the server takes requests.', {
    200: { type: HealthAnswer, description: 'It does.' },
    503: { type: HealthAnswer, description: 'It starts, drains, lacks a required plugin or cannot store anything.' },
  })
  @TerminusEndpoint(WITHOUT_DESCRIPTION)
  ready(): Promise<HealthCheckResult> {
    const required = this.host.plugins().filter(({ isRequired, isDisabled }) => isRequired && !isDisabled);
    const lines = [
      () => hostLine(this.host),
      () => storeLine(this.storeState, this.#disclosure),
      ...required.map((plugin) => () => ({ [plugin.name]: pluginLine(plugin, this.#disclosure) })),
    ];
    return this.answers.keep('ready', () => this.terminus.check(lines));
  }

  /** 503 until the first start of all plugins is over. */
  @Get('startup')
  @Answers('Tells whether the first start of all plugins is over.', {
    200: { type: HealthAnswer, description: 'It is.' },
    503: { type: HealthAnswer, description: 'Plugins are starting.' },
  })
  @TerminusEndpoint(WITHOUT_DESCRIPTION)
  startup(): Promise<HealthCheckResult> {
    const hasStarted = this.host.hasStarted();
    return this.terminus.check([
      () => ({ [HOST_NAME]: { status: hasStarted ? 'up' : 'down', state: hasStarted ? 'started' : 'starting' } }),
    ]);
  }

  /** Everything but plugins that an operator disabled. `degraded`, with 200, while only plugins that are not required, or checks, are not well. */
  @Get()
  @Answers('Tells how the server and each of its plugins are.', {
    200: { type: HealthAnswer, description: 'All that the server needs is up.' },
    503: { type: HealthAnswer, description: 'The server or something that it needs is down.' },
  })
  @TerminusEndpoint(WITHOUT_DESCRIPTION)
  everything(): Promise<HealthCheckResult> {
    const plugins = this.host.plugins().filter(({ isDisabled }) => !isDisabled);
    const lines = [
      () => hostLine(this.host),
      () => storeLine(this.storeState, this.#disclosure),
      ...plugins.map((plugin) => async () => {
        const checks = await this.indicators.resultsOf(plugin.name);
        return { [plugin.name]: pluginLineOfServer(this.#statusNow(plugin), this.#disclosure, checks) };
      }),
    ];
    return this.answers.keep('everything', () => this.terminus.check(lines));
  }

  /** One plugin: 200 when it is up, with its checks; 503 when it is not. */
  @Get('plugins/:name')
  @Answers('Tells how one plugin is.', {
    200: { type: HealthAnswer, description: 'The plugin is up.' },
    503: { type: HealthAnswer, description: 'The plugin is not up.' },
    404: { description: 'There is no such plugin.' },
  })
  @TerminusEndpoint(WITHOUT_DESCRIPTION)
  plugin(@Param('name') name: string): Promise<HealthCheckResult> {
    const plugin = this.host.plugins().find((candidate) => candidate.name === name);
    if (!plugin)
      throw new NotFoundException(
        PLUGIN_NAME.test(name) ? `This server has no plugin "${name}".` : 'This is no name of a plugin.',
      );
    return this.terminus.check([
      async () => {
        const checks = await this.indicators.resultsOf(name);
        return { [name]: pluginLine(this.#statusNow(plugin), this.#disclosure, checks) };
      },
    ]);
  }

  /** Reads the plugin again: its checks have run since, and their results may have changed its state. */
  #statusNow(plugin: PluginStatus): PluginStatus {
    return this.host.plugins().find(({ name }) => name === plugin.name) ?? plugin;
  }
}
