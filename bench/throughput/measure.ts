import type { Contestant, RunningContestant } from "./Contestant.ts";
import { Deliveries } from "./deliveries.ts";
import { type Load, load } from "./load.ts";
import { peakMegabytes, processorSeconds } from "./processUsage.ts";

const SECRET = "whsec_benchOnly0123456789abcdef0123";

/** Before anything counts: code compiled, files grown, connections made. */
const WARM_UP_MS = 2_000;

export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the contestant, its database server included, for 1,000 deliveries. */
  readonly processorSeconds: number;
  readonly peakMegabytes: number;
  /** Deliveries a second with a wrong signature that were refused. */
  readonly refusedPerSecond: number;
  /** Of one core, what the load generator took. */
  readonly generatorShare: number;
}

/**
 * One run: warm up, load with genuine deliveries, load with forged ones, stop, look into the store.
 *
 * @returns a sentence instead, when an answer was wrong or an acknowledged event is not in the store
 */
export async function measure(
  contestant: Contestant,
  directory: string,
  durationMs: number,
): Promise<Measured | string> {
  const running = await contestant.start(directory, SECRET);
  try {
    const genuine = new Deliveries(SECRET, running.metadata);
    const warm = await load(running.webhookUrl, genuine, WARM_UP_MS);
    const before = processorOf(running);
    const taken = await load(running.webhookUrl, genuine, durationMs);
    const spent = processorOf(running) - before;
    const forged = new Deliveries(`${SECRET}Forged`, running.metadata);
    const refused = await load(running.webhookUrl, forged, durationMs / 2);
    const peak = peakMegabytes(running.pids[0]);
    await running.stop();
    const fault =
      wrongAnswer(warm, 200) ??
      wrongAnswer(taken, 200) ??
      wrongAnswer(refused, 400) ??
      (await running.fault(new Set([...warm.acknowledged, ...taken.acknowledged])));
    if (fault !== null) {
      return `disqualified: ${fault}`;
    }
    const answered = taken.latenciesMs.length;
    return {
      perSecond: (answered / taken.elapsedMs) * 1_000,
      p50Ms: quantile(taken, 0.5),
      p99Ms: quantile(taken, 0.99),
      processorSeconds: (spent / answered) * 1_000,
      peakMegabytes: peak,
      refusedPerSecond: (refused.latenciesMs.length / refused.elapsedMs) * 1_000,
      generatorShare: taken.generatorShare,
    };
  } finally {
    await running.remove?.();
  }
}

function processorOf({ pids }: RunningContestant): number {
  return pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
}

function wrongAnswer({ statuses }: Load, expected: number): string | null {
  const wrong = [...statuses].filter(([status]) => status !== expected);
  const counts = wrong.map(([status, count]) => `${count} deliveries were answered with ${status}`);
  return counts.length === 0 ? null : `${counts.join(", ")} instead of ${expected}`;
}

function quantile({ latenciesMs }: Load, share: number): number {
  return latenciesMs[Math.ceil(latenciesMs.length * share) - 1] ?? 0;
}
