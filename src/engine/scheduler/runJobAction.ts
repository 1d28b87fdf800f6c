import { JOB_RETRY_FIRST_MS } from "../limits.ts";
import type { JobCall, JobHost } from "./JobHost.ts";

/** How an action ended. */
export type ActionOutcome = { valueText: string } | { error: unknown };

/**
 * Runs an action at most once: it begins when `begin` has recorded that it does, and whatever happens
 * after that is recorded by `record`, which is tried until it succeeds or the engine is closed. A process
 * that ends in between leaves a job in progress, never one that runs again.
 *
 * @param begin resolves to false when the job is no longer to be run
 * @param record told how the action ended; rejects when the system failed
 * @throws what `begin` threw, and OverloadedError before it: nothing has run
 */
export async function runJobAction(
  host: JobHost,
  call: JobCall,
  begin: () => Promise<boolean>,
  record: (outcome: ActionOutcome) => Promise<void>,
  retryMaxMs: number,
): Promise<void> {
  let hasBegun = false;
  let outcome: ActionOutcome;
  try {
    const valueText = await host.runAction(call, async () => {
      hasBegun = await begin();
      return hasBegun;
    });
    if (valueText === null) {
      return;
    }
    outcome = { valueText };
  } catch (error) {
    if (!hasBegun) {
      throw error;
    }
    outcome = { error };
  }
  for (let waitMs = JOB_RETRY_FIRST_MS; ; waitMs = Math.min(waitMs * 2, retryMaxMs)) {
    try {
      await record(outcome);
      return;
    } catch {
      if (host.isClosed()) {
        return;
      }
      host.log.error("recording_an_action_failed", { waitMs });
      await new Promise<void>((resolve) => host.timer.after(waitMs, resolve));
    }
  }
}
