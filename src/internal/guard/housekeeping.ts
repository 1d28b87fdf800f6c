import { sha256Hex } from "#digests";
import type { Doc, Id } from "../_generated/dataModel.ts";
import type { DatabaseWriter } from "../_generated/server.ts";
import { existingPlanIds } from "../effect/links.ts";
import { digestOf } from "../ledger/digest.ts";
import { readWhole, withPlans } from "../ledger/eventReading.ts";
import { bodyPartsOf, keptReading } from "../ledger/ledger.ts";
import { ownerDigestOf } from "./guardedDatabase.ts";

/** Why a body is no longer kept. */
export type DropCause = Doc<"eventReadings">["cause"];

/** What an erasure did, without anything of what it erased. */
export type Erasure = Pick<Doc<"erasures">, "subject" | "reason" | "bodies" | "owners">;

/**
 * The only ways in which something of the ledger is kept no longer. None of them can change a plan: the
 * hashes, the evidence and everything that follows from the events stay.
 */
export interface Housekeeping {
  /**
   * Puts what was understood of an event in the place of its body.
   *
   * @returns "absent" when its body was dropped before, "altered" for one that is not the one that was
   *   verified: it is evidence, and stays
   */
  dropBody(event: Doc<"events">, cause: DropCause): Promise<"dropped" | "absent" | "altered">;
  /** Puts a name that says nothing in the place of a plan's owner. @returns false when it was there */
  hideOwner(plan: Doc<"plans">): Promise<boolean>;
  /** Remembers that something was erased. */
  recordErasure(erasure: Erasure): Promise<Id<"erasures">>;
}

export function housekeeping(db: DatabaseWriter): Housekeeping {
  return {
    dropBody: async (event, cause) => {
      const parts = await bodyPartsOf(db, event._id);
      const body = parts.map(({ text }) => text).join("");
      if (body === "" && (await keptReading(db, event._id)) !== null) {
        return "absent";
      }
      if (sha256Hex(body) !== event.bodySha256) {
        return "altered";
      }
      const { reading } = readWhole(body);
      const planIds = await existingPlanIds(db, reading.links.planIdClaims);
      const kept = {
        eventId: event._id,
        reading: JSON.stringify(withPlans(reading, planIds)),
        cause,
        droppedAtMs: Date.now(),
      };
      await db.insert("eventReadings", { ...kept, digest: digestOf(kept) });
      for (const { _id } of parts) {
        await db.delete(_id);
      }
      return "dropped";
    },
    hideOwner: async (plan) => {
      // The plan's own id, not a hash of the owner's: a hash can be guessed from the name.
      const ownerId = `erased:${plan._id}`;
      if (plan.ownerId === ownerId) {
        return false;
      }
      await db.patch(plan._id, { ownerId, ownerDigest: ownerDigestOf({ ownerId }) });
      await forgetCheckouts(db, plan.ownerId);
      return true;
    },
    recordErasure: async (erasure) => {
      const row = { ...erasure, erasedAtMs: Date.now() };
      return await db.insert("erasures", { ...row, digest: digestOf(row) });
    },
  };
}

/** Removes the checkout's notes about an owner: they name it, and no plan follows from them. */
async function forgetCheckouts(db: DatabaseWriter, ownerId: string): Promise<void> {
  for (const table of ["customersOfOwners", "checkoutTurns"] as const) {
    for (const mode of ["test", "live"] as const) {
      const row = await db
        .query(table)
        .withIndex("by_owner", (q) => q.eq("mode", mode).eq("ownerId", ownerId))
        .unique();
      if (row !== null) {
        await db.delete(row._id);
      }
    }
  }
}
