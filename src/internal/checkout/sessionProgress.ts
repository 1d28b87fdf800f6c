import type { DatabaseReader } from "../_generated/server.ts";
import { ownScope } from "../plan/findPlan.ts";
import { planNow } from "../plan/planNow.ts";
import { turnOf } from "./turns.ts";

/** How far a Checkout Session is, and what the plan is. */
export interface SessionProgress {
  /** `waiting`: its event is not here yet. `pending`: a delayed payment is under way. */
  state: "waiting" | "pending" | "paid" | "failed" | "expired";
  planType: string;
}

/** The progress of an owner's own session; null for one that is unknown, or somebody else's. */
export async function sessionProgress(
  db: DatabaseReader,
  ownerId: string,
  sessionId: string,
): Promise<SessionProgress | null> {
  const { mode, account } = ownScope();
  const stored = await db
    .query("plans")
    .withIndex("by_owner", (q) => q.eq("ownerId", ownerId))
    .unique();
  if (stored === null) {
    return null;
  }
  const { planType } = await planNow(db, stored, Date.now());
  const session = await db
    .query("checkoutSessions")
    .withIndex("by_session", (q) =>
      q.eq("mode", mode).eq("account", account).eq("fact.sessionId", sessionId),
    )
    .unique();
  if (session !== null) {
    return session.planId === stored._id ? { state: stateOf(session.fact), planType } : null;
  }
  const turn = await turnOf(db, ownerId);
  return turn?.sessionId === sessionId ? { state: "waiting", planType } : null;
}

function stateOf({
  status,
  payment,
}: {
  status: string;
  payment: string;
}): SessionProgress["state"] {
  if (status !== "complete") {
    return status === "expired" ? "expired" : "waiting";
  }
  if (payment === "failed") {
    return "failed";
  }
  return payment === "unpaid" ? "pending" : "paid";
}
