import type { Doc } from "../_generated/dataModel.ts";
import type { Finding } from "./finding.ts";

/** A plan's timer with its job and the time that the plan waits for, and when all were read. */
export type TimerWithJob = Doc<"planTimers"> & {
  /** Null for a plan that waits for nothing, or is not there. */
  changesAtMs: number | null;
  /** Null once the database has forgotten it. */
  job: Job | null;
  readAtMs: number;
};

/** What the database keeps of a job. */
interface Job {
  name: string;
  args: readonly unknown[];
  scheduledTime: number;
  state: { kind: string };
}

/**
 * Holds a timer against its plan and its job: while a plan waits for a time, the job is pending and decides
 * it then or before. One whose time has come may be under way, or be over and have failed. A plan without a
 * timer is no finding: jobs stay behind when documents move, and `plans:sweep` takes up what was lost.
 */
export function checkTimer(timer: TimerWithJob): Finding[] {
  const { _id, planId, changesAtMs, readAtMs } = timer;
  const find = (what: string): Finding[] => [
    { code: "timer_wrong", table: "planTimers", id: _id, message: `of plan ${planId} ${what}` },
  ];
  if (changesAtMs === null) {
    return find("is of no plan that waits for a time.");
  }
  const isOverdue = changesAtMs <= readAtMs;
  return isOverdue || decides(timer, changesAtMs)
    ? []
    : find("names no job that decides the plan when its time comes.");
}

function decides({ planId, job }: TimerWithJob, changesAtMs: number): boolean {
  const [args] = (job?.args ?? []) as { planId?: unknown }[];
  return (
    job?.state.kind === "pending" &&
    job.name === "plans.js:passTime" &&
    args?.planId === planId &&
    job.scheduledTime <= changesAtMs
  );
}
