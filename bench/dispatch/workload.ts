/** What both sides of the dispatch benchmark publish and register. Decorators are applied by call, because Node strips types and knows no decorators. */
import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsISO8601, IsNumber, IsString, Min, ValidateNested } from 'class-validator';
import { EventContract } from '../../dist/events/index.js';

export const EVENT_NAME = 'order.item-line.created';

/** Names that are registered besides the one that is published, in fifty families. */
const OTHER_NAMES = Array.from({ length: 1_000 }, (_, index) => `family${index % 50}.entity${index}.changed`);

/** How often a handler ran: proof that no delivery was left out. */
export const handled = { count: 0 };

class OrderItem {
  sku = 'SKU-1001';
  quantity = 2;
  price = 39.95;
}

/** An event of about 300 bytes. */
export class OrderCreated {
  orderId = 'ord_01J9ZK3Q5W8X7YV2N4M6P8R0ST';
  customerId = 'cus_01J9ZK3Q5W8X7YV2N4M6P8R0AB';
  quantity = 1;
  total = 129.95;
  currency = 'EUR';
  createdAt = '2026-11-23T02:32:23.123Z';
  items = [new OrderItem(), new OrderItem()];
}
EventContract(EVENT_NAME)(OrderCreated);

/** The same with a decorator of class-validator on each property. */
export class ValidatedOrderCreated extends OrderCreated {}
EventContract(EVENT_NAME)(ValidatedOrderCreated);

const decorators: [target: object, property: string, decorators: PropertyDecorator[]][] = [
  [OrderItem.prototype, 'sku', [IsString()]],
  [OrderItem.prototype, 'quantity', [IsInt(), Min(1)]],
  [OrderItem.prototype, 'price', [IsNumber()]],
  [ValidatedOrderCreated.prototype, 'orderId', [IsString()]],
  [ValidatedOrderCreated.prototype, 'customerId', [IsString()]],
  [ValidatedOrderCreated.prototype, 'quantity', [IsInt(), Min(1)]],
  [ValidatedOrderCreated.prototype, 'total', [IsNumber()]],
  [ValidatedOrderCreated.prototype, 'currency', [IsIn(['EUR', 'USD'])]],
  [ValidatedOrderCreated.prototype, 'createdAt', [IsISO8601()]],
  [ValidatedOrderCreated.prototype, 'items', [IsArray(), ValidateNested({ each: true }), Type(() => OrderItem)]],
];
for (const [target, property, applied] of decorators) for (const decorate of applied) decorate(target, property);

/** `count` classes with one async handler each, subscribed by `subscribe`. */
export function handlerClasses(count: number, subscribe: MethodDecorator): (new () => object)[] {
  return Array.from({ length: count }, () => {
    const OrderListener = class {
      async onCreated(event: OrderCreated): Promise<void> {
        handled.count += event.quantity;
      }
    };
    subscribe(OrderListener.prototype, 'onCreated', descriptorOf(OrderListener.prototype, 'onCreated'));
    return OrderListener;
  });
}

/** One class with a handler for each of the other names. */
export function otherHandlers(subscribe: (name: string) => MethodDecorator): new () => object {
  const Others = class {};
  for (const [index, name] of OTHER_NAMES.entries()) {
    const method = `on${index}`;
    Object.defineProperty(Others.prototype, method, { value: () => undefined, configurable: true, writable: true });
    subscribe(name)(Others.prototype, method, descriptorOf(Others.prototype, method));
  }
  return Others;
}

function descriptorOf(prototype: object, method: string): PropertyDescriptor {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, method);
  if (!descriptor) throw new Error(`There is no method ${method}.`);
  return descriptor;
}
