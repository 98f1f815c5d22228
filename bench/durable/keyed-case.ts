/**
 * A backlog that waits for a durable subscription without a key and for one with so many keys, in turns in one process: how many are handled
 * a second, from the moment that the subscription is taken up. Arguments: how many wait, how many keys.
 */
import { measuredBacklog } from './measured-bus.ts';

const [pending = 100_000, keys = 50] = process.argv.slice(2).map(Number);
const ROUNDS = 2;
const PART = Math.ceil(pending / ROUNDS);

const rates: { unkeyed: number[]; keyed: number[] } = { unkeyed: [], keyed: [] };
for (let round = 0; round < ROUNDS; round++) {
  rates.unkeyed.push(await measuredBacklog(PART, undefined));
  rates.keyed.push(await measuredBacklog(PART, ({ number }) => String(number % keys)));
}
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
console.log(JSON.stringify({ unkeyedPerSecond: mean(rates.unkeyed), keyedPerSecond: mean(rates.keyed) }));
