/** Waits for a condition instead of for a time. The limit only ends a test that hangs: it is far beyond what a slow and busy machine needs. */

/** Resolves with the first truthy result of `condition`, asked again and again; rejects after `timeoutMs` with the last error or result. */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  timeoutMs = 300_000,
): Promise<NonNullable<Awaited<T>>> {
  const giveUpAt = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < giveUpAt) {
    try {
      const result = await condition();
      if (result) return result as NonNullable<Awaited<T>>;
      last = result;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  throw new Error(`The condition did not hold within ${timeoutMs} ms; the last answer was ${String(last)}`, {
    cause: last,
  });
}
