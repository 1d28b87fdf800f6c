import { queryGeneric as query } from "convex/server";

export const where = query({ args: {}, handler: () => "nested/deep" });
