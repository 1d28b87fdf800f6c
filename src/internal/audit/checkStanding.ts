import type { Doc } from "../_generated/dataModel.ts";
import { standingDigestOf } from "../ledger/standing.ts";
import { readForThin } from "../recovery/settleThinEvent.ts";
import { differingFields } from "./compareRows.ts";
import type { Finding } from "./finding.ts";
import type { MemoryDatabase } from "./memoryDatabase.ts";

/** Why an event can be in quarantine. */
const QUARANTINE_REASONS: readonly unknown[] = [
  "mode_mismatch",
  "account_not_allowed",
  "observation_not_from_api",
];

/** Holds what became of an event against what became of it when it took effect again. */
export function checkStanding(row: Doc<"events">, expected: MemoryDatabase): Finding[] {
  const findings: Finding[] = [];
  const find = (code: Finding["code"], what: string) =>
    findings.push({
      code,
      table: "events",
      id: row._id,
      message: `(${row.stripeEventId}) ${what}`,
    });
  const events = expected.table("events");
  const { mode, account, stripeEventId } = row;
  if (events.find("by_stripe_event", [mode, account, stripeEventId]).length > 1) {
    find("ledger_row_twice", "is in the ledger more than once.");
  }
  const again = events.get(row._id);
  const differing =
    again === undefined ? [] : differingFields(standingOf(row), standingOf(again as Doc<"events">));
  if (again === undefined) {
    find("status_wrong", "was not there when the ledger was read.");
  } else if (differing.length > 0) {
    const follows = `${again["status"]} (${differing.join(", ")} differ)`;
    find("status_wrong", `is ${row.status}; from the ledger follows ${follows}.`);
  }
  if (standingDigestOf(row.link, row) !== row.standingDigest) {
    find("standing_altered", "does not have the digest of its standing: it was changed.");
  }
  if (isTried(row) !== (row.nextAttemptAtMs !== null)) {
    find("status_wrong", `is ${row.status}, and its next attempt does not fit that.`);
  }
  if ((row.status === "applied") !== (row.appliedAtMs !== null)) {
    find("status_wrong", `is ${row.status}, and when it was applied does not fit that.`);
  }
  if (row.status === "quarantined" && !isQuarantineReason(row)) {
    find("status_wrong", "is in quarantine for no known reason.");
  }
  const readId = readForThin(row.statusReason);
  if (readId !== null && events.find("by_stripe_event", [mode, account, readId]).length === 0) {
    find("status_wrong", `was read as ${readId}, which is not in the ledger.`);
  }
  return findings;
}

/** Something is to be tried again, or waits to be read. */
function isTried({ status }: Doc<"events">): boolean {
  return status === "failed" || status === "received";
}

/**
 * What follows from the ledger. The plan of an event without a rule does not: it is the one that was known when
 * the event took effect, and an event before it that failed may have brought the link later. Nothing rests on it, and
 * the digest guards it.
 */
function standingOf({ status, statusReason, planId }: Doc<"events">): Record<string, unknown> {
  return { status, statusReason, ...(status !== "recorded" && { planId }) };
}

function isQuarantineReason({ statusReason, account }: Doc<"events">): boolean {
  return (
    QUARANTINE_REASONS.includes(statusReason) &&
    (account !== "" || statusReason !== "account_not_allowed")
  );
}
