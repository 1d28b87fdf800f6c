import type { Doc, Id } from "../_generated/dataModel.ts";

/** One checkout of one owner, which no other may overtake. */
export interface CheckoutTurn {
  ownerId: string;
  planId: Id<"plans">;
  mode: "test" | "live";
  turn: number;
  heldUntilMs: number;
  customer: Doc<"customersOfOwners"> | null;
}
