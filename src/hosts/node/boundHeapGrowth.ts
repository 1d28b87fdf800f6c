import { setFlagsFromString } from "node:v8";

/**
 * By how much garbage may outgrow what was alive after the last full collection, in percent. V8's own choice goes
 * up to 300 where memory is plenty: right for a process of its own machine, too much for one beside the application.
 */
const GROWTH_PERCENT = 100;

/**
 * Has V8 collect the old generation earlier. Node warns that flags may come too late; V8 reads this one after every
 * full collection. The young generation's bound cannot be set here: V8 reads it once, before any code runs, so it
 * stands on the command line (`--max-semi-space-size`, in package.json and at the head of the command).
 */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
