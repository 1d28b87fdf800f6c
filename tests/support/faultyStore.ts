import { internalMutationGeneric as internalMutation } from "convex/server";
import { v } from "convex/values";

/**
 * Functions that spoil what is stored so that the real rule fails, and mend it: an object whose links are
 * there twice cannot be linked. They go past Tollgate's builders, as a defect would.
 */
export const faultyStore = {
  spoil: internalMutation({
    args: { objectId: v.string() },
    handler: async ({ db }, { objectId }) => {
      for (let copy = 0; copy < 2; copy++) {
        await db.insert("links", { mode: "test", account: "", objectId, planIds: [] });
      }
    },
  }),
  mend: internalMutation({
    args: { objectId: v.string() },
    handler: async ({ db }, { objectId }) => {
      for (const row of await db.query("links").collect()) {
        if (row["objectId"] === objectId) {
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
