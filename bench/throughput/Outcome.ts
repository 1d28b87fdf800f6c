import type { Contestant } from "./Contestant.ts";
import type { Measured } from "./measure.ts";

/** All runs of one contestant; a reason says why there are no figures. */
export interface Outcome {
  readonly contestant: Contestant;
  readonly runs: Measured[];
  reason: string | null;
}
