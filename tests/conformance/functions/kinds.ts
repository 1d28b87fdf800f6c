import {
  actionGeneric as action,
  internalActionGeneric as internalAction,
  internalMutationGeneric as internalMutation,
  internalQueryGeneric as internalQuery,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";

export const q = query({ args: {}, handler: () => "query" });
export const m = mutation({ args: {}, handler: () => "mutation" });
export const a = action({ args: {}, handler: () => "action" });
export const iq = internalQuery({ args: {}, handler: () => "internal query" });
export const im = internalMutation({ args: {}, handler: () => "internal mutation" });
export const ia = internalAction({ args: {}, handler: () => "internal action" });
export default query({ args: {}, handler: () => "default export" });
export const notAFunction = 7;
