import { setTimeout as delay } from "node:timers/promises";

const PATIENCE_MS = 10_000;

/** Repeats `check` until it does not throw any more. @throws what it threw last, after ten seconds */
export async function eventually<T>(check: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > endMs) {
        throw error;
      }
      await delay(20);
    }
  }
}
