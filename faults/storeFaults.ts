import { seededRandom } from "../tests/model/lifeCycle/random.ts";
import type { Fault, FaultOptions, FaultResult } from "./Fault.ts";
import { callSites } from "./store/callSites.ts";
import { gatewayHistory } from "./store/gatewayHistory.ts";
import type { StoreHistory } from "./store/StoreHistory.ts";
import { schemaHistory } from "./store/schemaHistory.ts";
import { type ChosenCall, FAILURES } from "./support/FaultySqlStore.ts";

/** Of the calls from one place: the first, the last, and so many between. */
const CALLS_BETWEEN = 1;

const HISTORIES: readonly StoreHistory[] = [
  gatewayHistory(true),
  gatewayHistory(false),
  schemaHistory,
];

/**
 * Lives through a history of a whole gateway over and over, on a store on which one call goes wrong; each
 * place in the engine that calls the store, in each way. What is answered meanwhile must be 503 with a
 * stable code, or true: then the store is opened again, what was not acknowledged is asked for again, and
 * everything must be as if nothing had happened.
 */
export const storeFaults: Fault = {
  name: "store",
  what: "the store fails, tears, stalls and fills up at each call site",
  run: async ({ isShort, seed, onProgress }: FaultOptions): Promise<FaultResult> => {
    const broken: string[] = [];
    const random = seededRandom(seed);
    const reached = new Set<string>();
    const cases: { history: StoreHistory; chosen: Omit<ChosenCall, "onStall"> }[] = [];
    for (const history of HISTORIES) {
      const calls = await undisturbed(history, broken);
      const sites = [...calls].filter(([site]) => !isShort || !reached.has(site));
      for (const [place, [site, count]] of sites.entries()) {
        reached.add(site);
        const numbers = isShort
          ? [1 + random.below(count)]
          : [1, count, ...Array.from({ length: CALLS_BETWEEN }, () => 1 + random.below(count))];
        const failures = isShort
          ? FAILURES.filter((_, i) => i === place % FAILURES.length)
          : FAILURES;
        for (const number of new Set(numbers)) {
          cases.push(
            ...failures.map((failure) => ({ history, chosen: { site, number, failure } })),
          );
        }
      }
    }
    const missed = callSites().filter((site) => !reached.has(site));
    broken.push(...missed.map((site) => `no history calls the store from ${site}`));
    let failed = 0;
    for (const [done, { history, chosen }] of cases.entries()) {
      const outcome = await history.live(chosen);
      failed += Number(outcome.hasFailed);
      const { site, number, failure } = chosen;
      const name = `${history.name}, call ${number} from ${site} ${failure}`;
      broken.push(...outcome.flaws.map((flaw) => `${name}: ${flaw}`));
      onProgress(done + 1, cases.length);
    }
    return {
      figures: { callSites: reached.size, runs: cases.length, failedCalls: failed },
      broken,
    };
  },
};

async function undisturbed(history: StoreHistory, broken: string[]): Promise<Map<string, number>> {
  const { calls, flaws } = await history.live(null);
  broken.push(...flaws.map((flaw) => `${history.name}, undisturbed: ${flaw}`));
  return calls;
}
