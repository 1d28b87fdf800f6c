import { type Engine, INSIDER } from "../../../engine/Engine.ts";
import { systemStopwatch } from "../systemPorts.ts";

/** Plans of one page. Pages are transactions of their own, so that deliveries pass between them. */
const PAGE_PLANS = 500;

/** A count takes at most this share of the time. */
const MAX_SHARE = 0.01;

/** Not more often, however quick it is. */
const MIN_INTERVAL_MS = 5_000;

/** How many plans there are of each type. */
export interface CountedPlans {
  byType: Record<string, number>;
  withAlerts: number;
}

interface Page {
  page: [Record<string, number>];
  isDone: boolean;
  continueCursor: string;
}

/**
 * Counts the plans in the background, when somebody asks and the last count is old enough for its cost. A
 * count that fails leaves the one before.
 */
export class PlanTally {
  readonly #engine: Engine;
  #counted: CountedPlans | null = null;
  #isCounting = false;
  #nextAtMs = Number.NEGATIVE_INFINITY;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Null before the first count has ended. */
  get counted(): CountedPlans | null {
    return this.#counted;
  }

  refresh(): void {
    const startedMs = systemStopwatch.elapsedMs();
    if (this.#isCounting || startedMs < this.#nextAtMs) {
      return;
    }
    this.#isCounting = true;
    const ended = (): void => {
      const endedMs = systemStopwatch.elapsedMs();
      this.#nextAtMs = endedMs + Math.max(MIN_INTERVAL_MS, (endedMs - startedMs) / MAX_SHARE);
      this.#isCounting = false;
    };
    this.#count().then(ended, ended);
  }

  async #count(): Promise<void> {
    const byType: Record<string, number> = {};
    let withAlerts = 0;
    let cursor: string | null = null;
    for (;;) {
      const args = { paginationOpts: { numItems: PAGE_PLANS, cursor } };
      const answer = await this.#engine.call("dashboard:planTally", "Query", args, INSIDER);
      const { page, isDone, continueCursor } = JSON.parse(answer.valueText) as Page;
      const [{ alerts = 0, ...types }] = page;
      withAlerts += alerts;
      for (const [type, count] of Object.entries(types)) {
        byType[type] = (byType[type] ?? 0) + count;
      }
      if (isDone) {
        this.#counted = { byType, withAlerts };
        return;
      }
      cursor = continueCursor;
    }
  }
}
