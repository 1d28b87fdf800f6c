import {
  actionGeneric as action,
  internalQueryGeneric as internalQuery,
  makeFunctionReference,
} from "convex/server";
import { v } from "convex/values";
import { expect, test } from "vitest";
import { MAX_ACTION_CALL_DEPTH } from "../../src/engine/limits.ts";
import { openTestEngine } from "../support/testEngine.ts";

const descend = makeFunctionReference<"action">("deep:descend");
const leaf = makeFunctionReference<"query">("deep:leaf");

const deep = {
  descend: action({
    args: { levels: v.number() },
    handler: async (ctx, { levels }): Promise<string> =>
      levels === 0
        ? await ctx.runQuery(leaf, {})
        : await ctx.runAction(descend, { levels: levels - 1 }),
  }),
  leaf: internalQuery({ args: {}, handler: async () => "the bottom" }),
};

test("E23 actions that call each other without end fail at a bound and hold nobody else up", async () => {
  const { engine, call } = openTestEngine({ deep });
  const deepest = MAX_ACTION_CALL_DEPTH - 1;
  expect(await call("deep:descend", { levels: deepest })).toBe("the bottom");
  await expect(call("deep:descend", { levels: deepest + 1 })).rejects.toThrow(
    `Actions may call each other ${MAX_ACTION_CALL_DEPTH} deep. Do you have an infinite loop in your app?`,
  );
  expect(await call("deep:descend", { levels: 0 })).toBe("the bottom");
  await engine.close();
});
