/** `GET /metrics` for Prometheus; the module gives it its path. */
import { Controller, Get, Header, SetMetadata } from '@nestjs/common';
import { Registry } from 'prom-client';

// What `@ApiExcludeController()` leaves, without the 600 files of `@nestjs/swagger` for everything that uses this room.
@SetMetadata('swagger/apiExcludeController', [true])
@Controller()
export class MetricsController {
  constructor(private readonly registry: Registry) {}

  /** A metric that cannot be read is left out, so that one faulty collector does not take the others with it. */
  @Get()
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  @Header('Cache-Control', 'no-store')
  async metrics(): Promise<string> {
    const names = this.registry.getMetricsAsArray().map(({ name }) => name);
    const texts = await Promise.allSettled(names.map((name) => this.registry.getSingleMetricAsString(name)));
    return texts.map((text) => (text.status === 'fulfilled' ? `${text.value}\n` : '')).join('\n');
  }
}
