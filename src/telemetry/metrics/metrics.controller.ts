/** `GET /metrics` for Prometheus; the module gives it its path. */
import { Controller, Get, Header, SetMetadata } from '@nestjs/common';
import { Registry } from 'prom-client';
import { MetricsPage } from './metrics-page.js';

// What `@ApiExcludeController()` leaves, without the 600 files of `@nestjs/swagger` for everything that uses this room.
@SetMetadata('swagger/apiExcludeController', [true])
@Controller()
export class MetricsController {
  constructor(private readonly page: MetricsPage) {}

  @Get()
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  @Header('Cache-Control', 'no-store')
  metrics(): Promise<string> {
    return this.page.text();
  }
}
