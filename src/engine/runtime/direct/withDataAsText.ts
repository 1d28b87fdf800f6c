import { convexToJson, type Value } from "convex/values";

/** What the `convex` package makes of an error that a handler throws: a `ConvexError` has its data as JSON text. */
export function withDataAsText(thrown: unknown): unknown {
  if (typeof thrown === "object" && thrown !== null && Symbol.for("ConvexError") in thrown) {
    const error = thrown as unknown as { data?: Value; ConvexErrorSymbol?: symbol };
    error.data = JSON.stringify(convexToJson(error.data === undefined ? null : error.data));
    error.ConvexErrorSymbol = Symbol.for("ConvexError");
  }
  return thrown;
}
