import {
  actionGeneric as action,
  anyApi,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { expect, test } from "vitest";
import { Engine, INSIDER } from "../../src/engine/Engine.ts";
import { MAX_ACTION_MS } from "../../src/engine/limits.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { manualTime, settle } from "../support/manualTime.ts";
import { testPorts } from "../support/testEngine.ts";

let wakeUp: () => void = () => undefined;
let afterwards = "";

const jobs = {
  add: mutation({ handler: (ctx) => ctx.db.insert("done", {}) }),
  count: query({ handler: async (ctx) => (await ctx.db.query("done").collect()).length }),
  sleepThenWrite: action({
    handler: async (ctx) => {
      await new Promise<void>((resolve) => {
        wakeUp = resolve;
      });
      try {
        await ctx.runMutation((anyApi["jobs"] as never as Record<string, never>)["add"] as never);
        afterwards = "written";
      } catch (error) {
        afterwards = (error as Error).message;
      }
    },
  }),
};

test("E1 an action that took too long has failed, and what its code does later reaches nothing", async () => {
  const time = manualTime(1_000_000);
  const modules = new Map([["jobs.js", jobs]]);
  const ports = { ...testPorts(), clock: time.clock, timer: time.timer };
  const engine = new Engine({ ...ports, store: openMemoryStore(), modules });
  const slow = engine.call("jobs:sleepThenWrite", "Action", {}, INSIDER).then(
    () => "returned",
    (error: Error) => error.message,
  );
  await time.advance(MAX_ACTION_MS);
  expect(await slow).toContain("Function execution timed out (maximum duration: 600s)");
  wakeUp();
  await settle();
  expect(afterwards).toBe("This action has timed out already.");
  expect((await engine.call("jobs:count", "Query", {}, INSIDER)).valueText).toBe("0");
  await engine.close();
});
