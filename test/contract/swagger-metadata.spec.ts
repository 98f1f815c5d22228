/** What the rooms of telemetry and health write by hand, so that they need not load `@nestjs/swagger`. */
import { ApiExcludeController, ApiTags } from '@nestjs/swagger';
import { HealthCheck } from '@nestjs/terminus';
import { HealthEndpoint } from '../../src/health/health-endpoint.decorator.js';
import { HealthController } from '../../src/health/health.controller.js';
import { MetricsController } from '../../src/telemetry/metrics.controller.js';

@ApiExcludeController()
class Excluded {}

@ApiTags('health')
class Tagged {}

class Endpoints {
  @HealthCheck()
  ofTerminus(): void {}

  @HealthEndpoint()
  ofPanotti(): void {}
}

/** What is known of a method or class, by key. */
function metadataOf(target: object): Record<string, unknown> {
  const keys = Reflect.getMetadataKeys(target) as string[];
  return Object.fromEntries(keys.map((key) => [key, Reflect.getMetadata(key, target)]));
}

describe('the controller of the metrics', () => {
  it('is left out of the API document as with `@ApiExcludeController()`', () => {
    const keys: unknown[] = Reflect.getMetadataKeys(Excluded);

    expect(keys).toHaveLength(1);
    for (const key of keys) expect(Reflect.getMetadata(key, MetricsController)).toEqual(Reflect.getMetadata(key, Excluded));
  });
});

describe('the controller of health', () => {
  it('has its tag as with `@ApiTags()`', () => {
    expect(metadataOf(Tagged)).not.toEqual({});
    expect(metadataOf(HealthController)).toMatchObject(metadataOf(Tagged));
  });

  it('describes its answers as with `@HealthCheck()`, and keeps them out of caches as that does', () => {
    const { ofTerminus, ofPanotti } = Endpoints.prototype;

    expect(Object.keys(metadataOf(ofTerminus)).length).toBeGreaterThan(1);
    expect(metadataOf(ofPanotti)).toEqual(metadataOf(ofTerminus));
  });
});
