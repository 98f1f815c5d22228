import { HealthCheck, HealthCheckDeclarationError } from '../../../src/health/index.js';
import { healthChecksOf } from '../../../src/health/health-check.metadata.js';

/** The point is what happens to arguments that no compiler has checked. */
function declare(name: unknown, options?: unknown): unknown {
  try {
    class Shop {
      open(): void {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Shop.prototype, 'open');
    HealthCheck(name as never, options as never)(Shop.prototype, 'open', descriptor ?? {});
    return healthChecksOf(new Shop());
  } catch (error) {
    return error;
  }
}

describe('@HealthCheck', () => {
  it('records the name, the method and the options', () => {
    expect(declare('database', { timeoutMs: 500 })).toEqual([
      { name: 'database', method: 'open', options: { timeoutMs: 500 } },
    ]);
  });

  it.each([
    ['', undefined],
    ['Database', undefined],
    ['two words', undefined],
    [undefined, undefined],
    ['x'.repeat(65), undefined],
    ['slow', { timeoutMs: 0 }],
    ['slow', { timeoutMs: Number.NaN }],
    ['slow', { timeoutMs: 30_001 }],
    ['slow', { timeoutMs: 'soon' }],
    ['slow', { cacheMs: -1 }],
    ['slow', { cacheMs: Infinity }],
  ])('refuses the name %p with options %p, naming the method', (name, options) => {
    const error = declare(name, options);

    expect(error).toBeInstanceOf(HealthCheckDeclarationError);
    expect(error).toMatchObject({ code: 'HEALTH_CHECK_INVALID', message: expect.stringContaining('"Shop.open"') });
  });

  it('refuses what is no method of instances', () => {
    const decorate = (target: object, descriptor: PropertyDescriptor) => () =>
      HealthCheck('check')(target, 'open', descriptor);

    expect(decorate(class Shop {}, { value: () => {} })).toThrow(HealthCheckDeclarationError);
    expect(decorate(class Shop {}.prototype, { get: () => true })).toThrow(HealthCheckDeclarationError);
  });

  it('inherits the checks of a parent class; one that is decorated again replaces the one that it overrides', () => {
    class Base {
      @HealthCheck('disk')
      disk(): void {}
      @HealthCheck('network')
      network(): void {}
    }
    class Derived extends Base {
      @HealthCheck('disk-and-quota')
      override disk(): void {}
    }

    expect(healthChecksOf(new Derived()).map(({ name }) => name)).toEqual(['disk-and-quota', 'network']);
    expect(healthChecksOf(new Base()).map(({ name }) => name)).toEqual(['disk', 'network']);
  });

  it('finds nothing on objects of any other kind', () => {
    expect([{}, Object.create(null), [], new Date()].flatMap((object: object) => healthChecksOf(object))).toEqual([]);
  });
});
