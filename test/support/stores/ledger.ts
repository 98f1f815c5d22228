/**
 * The application that writes the stores of test/fixtures/stores, and opens them again: one plugin publishes, another books. It is handed the build
 * that it runs on, so that a script can run it on dist/ and a test on src/. Decorators are called by hand because Node strips types and knows none.
 */
import 'reflect-metadata';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type * as Panotti from '../../../src/index.ts';

export interface Order {
  readonly number: number;
  /** Orders of one account are booked in their order. */
  readonly account: string;
  readonly publish?: Panotti.PublishOptions;
}

/** What the books remember, as a plugin sees it when it starts. */
export interface Memory {
  readonly document: object;
  /** By key. */
  readonly records: Readonly<Record<string, object>>;
}

export interface LedgerSettings {
  readonly panotti: typeof Panotti;
  readonly dataDirectory: string;
  /** Of the store; without one it is not encrypted. */
  readonly key?: string | undefined;
  readonly orders?: readonly Order[];
  /** Version of the event as it is published, and as the handlers know it. Default: 1. */
  readonly version?: number | undefined;
  /** Default: that of the machine. */
  readonly clock?: NonNullable<Panotti.PluginHostOptions['clock']> | undefined;
  /** Whether the plugin that handles is there. */
  readonly hasBooks?: boolean;
  /** Called by each handler before it changes anything. */
  readonly handle?: (subscription: string, number: number, attempt: number) => unknown;
  /** Called after an order has been accepted. */
  readonly published?: (order: Order) => void;
  /** Called before anything is delivered. */
  readonly remembered?: (memory: Memory) => void;
}

class EntryMade {
  number!: number;
  account!: string;
  text!: string;
}
class Balance {
  count: number = 0;
  accounts: Record<string, number> = {};
}
class Booking {
  account: string = '';
  attempt: number = 0;
}

export interface RunningLedger extends AsyncDisposable {
  readonly app: NestFastifyApplication;
  /** Resolves when all orders have been accepted. */
  readonly published: Promise<unknown>;
}

/** Starts the application. Its data directory is kept when it ends. */
export async function startLedger(settings: LedgerSettings): Promise<RunningLedger> {
  const { panotti, dataDirectory, key, hasBooks = true, version = 1, clock } = settings;
  const published = Promise.withResolvers<unknown>();
  panotti.EventContract('ledger.entry-made', { version })(EntryMade);
  const plugins = [ledgerPlugin(settings, published.resolve), ...(hasBooks ? [booksPlugin(settings)] : [])];
  const storage = key === undefined ? {} : { encryption: { key } };
  const host = { storage, telemetry: { logLevel: 'silent', watchdog: false } };
  class Application {}
  Module({
    imports: [await panotti.PluginHostModule.forRoot({ plugins, dataDirectory, host, ...(clock && { clock }) })],
  })(Application);
  const app = await NestFactory.create<NestFastifyApplication>(Application, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.init();
  return { app, published: published.promise, [Symbol.asyncDispose]: () => app.close() };
}

function ledgerPlugin(
  { panotti, orders = [], published }: LedgerSettings,
  done: (value: unknown) => void,
): new () => object {
  class Clerk {
    readonly events: Panotti.PluginEvents;
    constructor(events: Panotti.PluginEvents) {
      this.events = events;
    }
    onApplicationBootstrap(): void {
      done(this.publishAll());
    }
    async publishAll(): Promise<void> {
      for (const order of orders) {
        await this.events.publish(entryOf(order), order.publish);
        published?.(order);
      }
    }
  }
  Injectable()(Clerk);
  Inject(panotti.PluginEvents)(Clerk, undefined, 0);
  class LedgerPlugin {}
  // The first event of a store must find the subscriptions of the books.
  const optionalDependencies = { books: '^1.0.0' };
  panotti.Plugin({ name: 'ledger', version: '1.0.0', optionalDependencies, providers: [Clerk], emits: [EntryMade] })(
    LedgerPlugin,
  );
  return LedgerPlugin;
}

function entryOf({ number, account }: Order): EntryMade {
  return Object.assign(new EntryMade(), { number, account, text: `Entry ${number} of ${account}: ½ "quoted", 日本` });
}

function booksPlugin({ panotti, handle = () => undefined, remembered }: LedgerSettings): new () => object {
  class Books {
    readonly balance: Panotti.PluginState<Balance>;
    readonly bookings: Panotti.PluginStore<Booking>;
    constructor(balance: Panotti.PluginState<Balance>, bookings: Panotti.PluginStore<Booking>) {
      this.balance = balance;
      this.bookings = bookings;
    }
    async onApplicationBootstrap(): Promise<void> {
      const records: Record<string, object> = {};
      for await (const { key, value, version } of this.bookings.scan()) records[key] = { ...value, version };
      remembered?.({ document: { ...this.balance.get() }, records });
    }
    async book({ number, account }: EntryMade, { attempt }: Panotti.EventContext): Promise<void> {
      await handle('books.book', number, attempt);
      // First: a unit that has changed something else does not wait for the state, and would be tried again.
      await this.balance.update((draft) => {
        draft.count += 1;
        draft.accounts[account] = (draft.accounts[account] ?? 0) + 1;
      });
      await this.bookings.put(bookingKey(number), Object.assign(new Booking(), { account, attempt }));
    }
    async audit({ number }: EntryMade, { attempt }: Panotti.EventContext): Promise<void> {
      await handle('books.audit', number, attempt);
    }
    async mirror({ number }: EntryMade, { attempt }: Panotti.EventContext): Promise<void> {
      await handle('books.mirror', number, attempt);
    }
  }
  Injectable()(Books);
  Inject(panotti.PluginState)(Books, undefined, 0);
  panotti.InjectStore('bookings')(Books, undefined, 1);
  const key = ({ account }: EntryMade): string => account;
  const patient = { attempts: 100, backoffMs: 30_000 };
  subscribe(panotti, Books.prototype, 'book', { key, retry: patient });
  subscribe(panotti, Books.prototype, 'audit', { retry: { attempts: 2, backoffMs: 1 } });
  subscribe(panotti, Books.prototype, 'mirror', { concurrency: 1, retry: patient });
  class BooksPlugin {}
  panotti.Plugin({
    name: 'books',
    version: '1.0.0',
    providers: [Books],
    state: Balance,
    stores: { bookings: Booking },
  })(BooksPlugin);
  return BooksPlugin;
}

function subscribe(
  panotti: typeof Panotti,
  target: object,
  method: string,
  options: Panotti.SubscriptionOptions<EntryMade>,
): void {
  const descriptor = Object.getOwnPropertyDescriptor(target, method) as PropertyDescriptor;
  panotti.OnEvent(EntryMade, { ...options, delivery: 'durable' })(target, method, descriptor as never);
}

export function bookingKey(number: number): string {
  return `ü/${String(number).padStart(3, '0')}`;
}
