/** What the telemetry room writes by hand, so that it need not load `@nestjs/swagger`. */
import { ApiExcludeController } from '@nestjs/swagger';
import { MetricsController } from '../../src/telemetry/metrics.controller.js';

@ApiExcludeController()
class Excluded {}

describe('the controller of the metrics', () => {
  it('is left out of the API document as with `@ApiExcludeController()`', () => {
    const keys: unknown[] = Reflect.getMetadataKeys(Excluded);

    expect(keys).toHaveLength(1);
    for (const key of keys)
      expect(Reflect.getMetadata(key, MetricsController)).toEqual(Reflect.getMetadata(key, Excluded));
  });
});
