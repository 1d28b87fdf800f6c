import { nextDouble } from "./nextDouble.ts";

/**
 * A `_creationTime` is a whole number of these steps in a millisecond, which is as fine as a double holds
 * milliseconds from 2004 to 2039. So it has an integer of its own, and ids and rows can carry it.
 */
export const CREATION_STEPS_PER_MS = 4_096;

/** The greatest creation time that is not after `nowMs`. */
export function creationTimeAt(nowMs: number): number {
  return Math.floor(nowMs * CREATION_STEPS_PER_MS) / CREATION_STEPS_PER_MS;
}

/** The least creation time after another one: Convex steps `_creationTime` so, too. */
export function nextCreationTime(after: number): number {
  const nextStep = (Math.floor(after * CREATION_STEPS_PER_MS) + 1) / CREATION_STEPS_PER_MS;
  return Math.max(nextStep, nextDouble(after));
}
