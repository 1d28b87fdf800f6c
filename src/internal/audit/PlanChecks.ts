import type { Doc } from "../_generated/dataModel.ts";
import { ownerDigestOf, UNPAID_PLAN } from "../guard/guardedDatabase.ts";
import { digestOf } from "../ledger/digest.ts";
import { evidenceOf } from "../plan/planChanges.ts";
import { planFacts } from "../plan/planFacts.ts";
import { decisionAt, type WrittenDecision } from "../plan/planWriter.ts";
import { differingFields } from "./compareRows.ts";
import type { Finding, FindingCode } from "./finding.ts";
import type { MemoryDatabase } from "./memoryDatabase.ts";

/** A plan with the newest of its changes, and when both were read. */
export type PlanWithChange = Doc<"plans"> & {
  lastChange: Doc<"planChanges"> | null;
  readAtMs: number;
};

/** What no event decides, or what counts decisions: held against the plan's changes instead. */
const NOT_FROM_EVENTS = ["ownerId", "ownerDigest", "version", "lastChange", "readAtMs"] as const;

/** What the first change of a plan begins with. */
const UNCHANGED = { version: 0, to: UNPAID_PLAN.planType, toSeats: UNPAID_PLAN.seats };

/** Holds plans and their changes against what follows from the ledger, and against one another. */
export class PlanChecks {
  readonly findings: Finding[] = [];
  readonly #expected: MemoryDatabase;
  readonly #lastChanges = new Map<string, Doc<"planChanges">>();
  readonly #plans = new Set<string>();

  constructor(expected: MemoryDatabase) {
    this.#expected = expected;
  }

  /** One change; those of one plan oldest first. */
  addChange(change: Doc<"planChanges">): void {
    const previous = this.#lastChanges.get(change.planId);
    this.#lastChanges.set(change.planId, change);
    const find = (code: FindingCode, what: string) =>
      this.#find(code, "planChanges", change._id, `of plan ${change.planId} ${what}`);
    if (change.version !== (previous?.version ?? 0) + 1) {
      find("change_missing", `is its number ${change.version}, but the one before is missing.`);
    } else if (digestOf(change, previous?.digest) !== change.digest) {
      find("change_altered", "does not have its digest: it, or the one before, was changed.");
    }
    const { to, toSeats } = previous ?? UNCHANGED;
    if (change.from !== to || change.fromSeats !== toSeats) {
      find("change_contradicts", "does not begin where the one before ends.");
    }
    const event = this.#expected.table("events").get(change.eventId) as Doc<"events"> | undefined;
    if (event === undefined || event.stripeEventId !== change.stripeEventId) {
      find("change_unexplained", `names the event ${change.stripeEventId}, which is not there.`);
    } else {
      const differing = differingFields(evidenceOf(event), evidenceOf(change));
      if (differing.length > 0) {
        find("change_evidence_differs", `has not its event's evidence: ${differing.join(", ")}.`);
      }
    }
  }

  async addPlan(plan: PlanWithChange): Promise<void> {
    this.#plans.add(plan._id);
    const find = (code: FindingCode, what: string) => this.#find(code, "plans", plan._id, what);
    const isNamed = this.#expected.table("plans").get(plan._id) !== undefined;
    const expected = isNamed ? await this.#decisionFor(plan) : UNPAID_PLAN;
    const differing = differingFields(paymentFields(plan), paymentFields(expected));
    if (differing.length > 0 && !isNamed) {
      find("plan_unexplained", `is ${plan.planType}, but no event of the ledger is about it.`);
    } else if (differing.length > 0) {
      const follows = `${expected.planType} (${expected.rule})`;
      const is = `${plan.planType} (${plan.rule})`;
      find(
        "plan_differs",
        `is ${is}; from the ledger follows ${follows}: ${differing.join(", ")}.`,
      );
    }
    const { version, to, toSeats } = plan.lastChange ?? UNCHANGED;
    if (version !== plan.version || to !== plan.planType || toSeats !== plan.seats) {
      const is = `is ${plan.planType} by change ${plan.version}`;
      find("plan_version_differs", `${is}; its last change is number ${version}, to ${to}.`);
    }
    if (ownerDigestOf(plan) !== plan.ownerDigest) {
      find("owner_altered", "has an owner without its digest: one of them was changed.");
    }
  }

  /**
   * What follows for a plan from the ledger. Until time may change it, it is as it was when it was decided;
   * one that is overdue was right until then, and the gateway writes it down when it comes to it.
   */
  async #decisionFor({ _id, changesAtMs, readAtMs }: PlanWithChange): Promise<WrittenDecision> {
    const isOverdue = changesAtMs !== null && changesAtMs <= readAtMs;
    const atMs = isOverdue ? changesAtMs - 1 : readAtMs;
    return decisionAt(await planFacts(this.#expected.db, _id), atMs);
  }

  /** After the last plan. */
  finish(): void {
    for (const { _id } of this.#expected.table("plans").all()) {
      if (!this.#plans.has(_id)) {
        this.#find("row_missing", "plans", _id, "is named by an event, but is not there.");
      }
    }
    for (const { _id, planId } of this.#lastChanges.values()) {
      if (!this.#plans.has(planId)) {
        this.#find("change_unexplained", "planChanges", _id, "is of a plan that is not there.");
      }
    }
  }

  #find(code: FindingCode, table: string, id: string, message: string): void {
    this.findings.push({ code, table, id, message });
  }
}

function paymentFields(plan: object): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...plan };
  for (const field of NOT_FROM_EVENTS) {
    delete fields[field];
  }
  return fields;
}
