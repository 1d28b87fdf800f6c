import { setTimeout as delay } from "node:timers/promises";
import { ConvexClient } from "convex/browser";
import { anyApi } from "convex/server";
import { expect, test } from "vitest";
import {
  type GatewayProcess,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { writeFiles } from "../support/writeFiles.ts";

const FUNCTIONS = {
  "jobs.ts": `
    import { internalAction, internalMutation, internalQuery, query } from "./_generated/server";
    import { internal } from "./_generated/api";
    import { v } from "convex/values";
    export const later = internalMutation({
      args: { text: v.string(), delayMs: v.number() },
      handler: (ctx, { text, delayMs }) =>
        ctx.scheduler.runAfter(delayMs, internal.jobs.note, { text }),
    });
    export const hangLater = internalMutation((ctx) => ctx.scheduler.runAfter(0, internal.jobs.hang));
    export const hang = internalAction(async (ctx) => {
      await ctx.runMutation(internal.jobs.note, { text: "hanging" });
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    });
    export const note = internalMutation({
      args: { text: v.string() },
      handler: async (ctx, { text }) => { await ctx.db.insert("notes", { text }); },
    });
    export const notes = internalQuery(async (ctx) =>
      (await ctx.db.query("notes").collect()).map(({ text }) => text));
    export const state = query({
      args: { id: v.id("_scheduled_functions") },
      handler: async (ctx, { id }) => (await ctx.db.system.get(id))?.state,
    });
  `,
  "crons.ts": `
    import { cronJobs } from "convex/server";
    import { internal } from "./_generated/api";
    const crons = cronJobs();
    crons.interval("hourly note", { hours: 1 }, internal.jobs.note, { text: "cron" });
    export default crons;
  `,
};

const TIMEOUT_MS = 60_000;

test(
  "E9 E10 a gateway that is killed runs what came due meanwhile, and a cron not again",
  async () => {
    const folder = await temporaryDirectory();
    await writeFiles(folder, FUNCTIONS);
    const data = await temporaryDirectory();
    const start = (): Promise<GatewayProcess> =>
      startGatewayProcess(data, {}, ["--functions", folder]);
    const first = await start();
    await eventually(async () => {
      expect(await first.run("jobs:notes")).toEqual(["cron"]);
    });
    const id = await first.run("jobs:later", { text: "later", delayMs: 200 });
    const lost = await first.run("jobs:hangLater");
    await eventually(async () => {
      expect(await first.run("jobs:notes")).toContain("hanging");
    });
    await first.kill();
    await delay(250);

    const second = await start();
    await eventually(async () => {
      expect(await second.run("jobs:state", { id })).toEqual({ kind: "success" });
      expect(await second.run("jobs:state", { id: lost })).toEqual({
        kind: "failed",
        error: "Transient error while executing action",
      });
    });
    expect(await second.run("jobs:notes")).toEqual(
      expect.toSatisfy((notes: string[]) => {
        return notes.toSorted().join() === "cron,hanging,later";
      }),
    );
    await second.kill();
  },
  TIMEOUT_MS,
);

test(
  "E9 a gateway that is stopped does not wait for an action, which is failed at the next start",
  async () => {
    const folder = await temporaryDirectory();
    await writeFiles(folder, FUNCTIONS);
    const data = await temporaryDirectory();
    const first = await startGatewayProcess(data, {}, ["--functions", folder]);
    const id = await first.run("jobs:hangLater");
    await eventually(async () => {
      expect(await first.run("jobs:notes")).toContain("hanging");
    });
    expect(await first.stop()).toBe(0);
    const second = await startGatewayProcess(data, {}, ["--functions", folder]);
    await eventually(async () => {
      expect(await second.run("jobs:state", { id })).toMatchObject({ kind: "failed" });
    });
    await second.kill();
  },
  TIMEOUT_MS,
);

test(
  "E8 a client that watches a scheduled function sees it end",
  async () => {
    const folder = await temporaryDirectory();
    await writeFiles(folder, FUNCTIONS);
    const gateway = await startGatewayProcess(await temporaryDirectory(), {}, [
      "--functions",
      folder,
    ]);
    const id = await gateway.run("jobs:later", { text: "later", delayMs: 300 });
    const client = new ConvexClient(gateway.url);
    const seen: unknown[] = [];
    client.onUpdate(anyApi["jobs"]?.["state"] as never, { id } as never, (state) => {
      seen.push(state);
    });
    await eventually(async () => {
      expect(seen).toEqual([{ kind: "pending" }, { kind: "success" }]);
    });
    await client.close();
    await gateway.kill();
  },
  TIMEOUT_MS,
);

/** Repeats until `check` passes. */
async function eventually(check: () => Promise<void>): Promise<void> {
  const deadlineMs = Date.now() + 10_000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadlineMs) {
        throw error;
      }
      await delay(20);
    }
  }
}
