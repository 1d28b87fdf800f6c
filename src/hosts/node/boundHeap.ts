import { setFlagsFromString } from "node:v8";

/**
 * What whoever starts the gateway gives Node on its command line: a semi-space of the young generation holds at most
 * 32 MB, where V8 would let it grow to 64. V8 reads this once, before any code runs.
 */
export const YOUNG_GENERATION_FLAG = "--max-semi-space-size=32";

/**
 * By how much the old generation may grow after a full collection until the next one, in percent of what was alive.
 * V8's own choice is up to 300, and before the first collection some hundred MB.
 */
const GROWTH_PERCENT = 150;

/**
 * Has V8 collect the old generation earlier: what an event holds for some batches outlives the young generation, and
 * lay there for long. V8 looks at this flag after every collection, so it counts at any time.
 */
export function boundHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
