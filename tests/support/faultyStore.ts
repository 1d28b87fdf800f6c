import { internalMutationGeneric as internalMutation } from "convex/server";
import { v } from "convex/values";

/**
 * Functions that spoil what is stored so that the real rule fails, and mend it: a subscription that is
 * there twice cannot be looked up. They go past Tollgate's builders, as a defect would.
 */
export const faultyStore = {
  spoil: internalMutation({
    args: { subscriptionId: v.string() },
    handler: async ({ db }, { subscriptionId }) => {
      const scope = { mode: "test", account: "" };
      for (let copy = 0; copy < 2; copy++) {
        const standing = { goodSeconds: null, behindSeconds: null };
        const known = { customerId: null, planId: null, records: [], standing };
        const row = { ...scope, subscriptionId, ...known };
        await db.insert("subscriptions", row);
      }
    },
  }),
  mend: internalMutation({
    args: { subscriptionId: v.string() },
    handler: async ({ db }, { subscriptionId }) => {
      for (const row of await db.query("subscriptions").collect()) {
        if (row["subscriptionId"] === subscriptionId) {
          await db.delete(row._id);
        }
      }
    },
  }),
  /** Loses every scheduled job, as if each had failed for a reason of its own. */
  loseJobs: internalMutation(async ({ db, scheduler }) => {
    for (const { _id, state } of await db.system.query("_scheduled_functions").collect()) {
      if (state.kind === "pending") {
        await scheduler.cancel(_id);
      }
    }
  }),
};
