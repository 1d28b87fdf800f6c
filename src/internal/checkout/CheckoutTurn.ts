import type { Doc, Id } from "../_generated/dataModel.ts";

/** One checkout of one owner, which no other may overtake. */
export interface CheckoutTurn {
  ownerId: string;
  planId: Id<"plans">;
  mode: "test" | "live";
  turn: number;
  /** Nothing is asked of Stripe after this time: it is before anybody else gets a turn. */
  endsAtMs: number;
  customer: Doc<"customersOfOwners"> | null;
  /** As far as events told. */
  held: Holdings;
}

/** What an owner has bought already. */
export interface Holdings {
  hadSubscription: boolean;
  /** There is a live subscription of a customer that is not the owner's here. */
  hasForeignSubscription: boolean;
}
