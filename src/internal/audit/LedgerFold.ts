import type { Doc } from "../_generated/dataModel.ts";
import { writeOutcome } from "../effect/settleEvent.ts";
import { takeEffect } from "../effect/takeEffect.ts";
import { UNPAID_PLAN } from "../guard/guardedDatabase.ts";
import type { EventReading } from "../ledger/eventReading.ts";
import type { LedgerEvent } from "../ledger/ledger.ts";
import { isMarkedDead } from "../ledger/markedDead.ts";
import { RECEIVED } from "../ledger/standing.ts";
import { type MemoryDatabase, memoryDatabase } from "./memoryDatabase.ts";

/** A plan as far as no event decides it. */
export type OpenedPlan = Pick<Doc<"plans">, "_id" | "_creationTime">;

/** Events with one of these states have had their effect; the others have none. */
const EFFECTIVE: ReadonlySet<string> = new Set(["applied", "unlinked", "recorded"]);

/**
 * What follows from the ledger alone: event after event takes its effect on an empty database in memory,
 * by the code that took it in. Opening a plan is no event, so the plans that events name come with them.
 */
export class LedgerFold {
  readonly #memory: MemoryDatabase = memoryDatabase();

  /** Everything that follows from the events so far. */
  get result(): MemoryDatabase {
    return this.#memory;
  }

  /**
   * Adds the next event of the ledger.
   *
   * @param reading null when neither body nor reading is kept: the event has no effect then
   * @param plans the plans it names, as far as they exist
   */
  async add(
    row: Doc<"events">,
    reading: EventReading | null,
    plans: readonly OpenedPlan[],
  ): Promise<void> {
    const { db } = this.#memory;
    for (const plan of plans) {
      if ((await db.get(plan._id)) === null) {
        this.#memory.restore("plans", { ...UNPAID_PLAN, ...plan, ownerId: "" } as Doc<"plans">);
      }
    }
    this.#memory.restore("events", row);
    if (row.status === "dead" && reading?.said === "unreadable" && !isMarkedDead(row)) {
      await db.patch(row._id, { statusReason: "object_unreadable" });
    }
    // One that was read elsewhere (a thin event) says so in its reason, and had no effect itself.
    if (reading !== null && EFFECTIVE.has(row.status) && row.statusReason === null) {
      const received = { ...row, ...RECEIVED } as LedgerEvent;
      const { outcome } = await takeEffect(db, received, reading);
      await writeOutcome(db, received, outcome);
    }
  }
}
