import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openNodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { exportSnapshot } from "../../src/hosts/node/snapshot/exportSnapshot.ts";
import { importSnapshot } from "../../src/hosts/node/snapshot/importSnapshot.ts";
import {
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
  thinEvent,
} from "../fixtures/stripe.ts";
import { faultyStore } from "../support/faultyStore.ts";
import { temporaryDirectory } from "../support/gatewayProcess.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { auditOf } from "../support/ledgers.ts";
import { setDateNow } from "../support/manualDate.ts";
import { manualTime } from "../support/manualTime.ts";
import { openSchedulerEngine, type SchedulerEngine } from "../support/schedulerEngine.ts";
import { setStripeApi } from "../support/stripeKey.ts";
import { type StripeServer, startStripeServer } from "../support/stripeServer.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let stripe: StripeServer;
beforeEach(async () => {
  stripe = await startStripeServer();
  setStripeApi(stripe.url);
});
afterEach(async () => {
  setStripeApi(null);
  setDateNow(null);
  await stripe.close();
});

/** Opens a data directory for a while, at a time. */
async function within<T>(
  directory: string,
  nowMs: number,
  use: (gateway: SchedulerEngine) => Promise<T>,
): Promise<T> {
  const store = openNodeSqliteStore({ path: join(directory, "tollgate.sqlite") });
  const modules = { ...internalFunctions, faultyStore };
  const gateway = openSchedulerEngine(modules, { store, time: manualTime(nowMs) });
  stripe.nowMs = gateway.time.clock.nowMs;
  setDateNow(gateway.time.clock.nowMs);
  try {
    return await use(gateway);
  } finally {
    await gateway.engine.close();
    store.close();
  }
}

async function rowsOf({ call }: SchedulerEngine, table: string): Promise<JsonObject[]> {
  const paginationOpts = { numItems: 100, cursor: null };
  const args = { table, order: "asc", paginationOpts };
  return ((await call("_system/cli/tableData", args)) as { page: JsonObject[] }).page;
}

/** Lets time pass by minutes, and what comes due in each come to its end. */
async function passMinutes({ time, engine }: SchedulerEngine, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await time.advance(MINUTE_MS);
    await engine.scheduler.runDue();
  }
}

function professional(planId: string, overrides: JsonObject = {}): JsonObject {
  const item = subscriptionItem({
    id: "si",
    price: price({ id: "p", product: "q", lookup_key: "professional_monthly" }),
  });
  return subscription({ metadata: { planId }, items: listOf([item]), ...overrides });
}

test("Y7 what was due or under way is all done in the new place, though no job has moved", async () => {
  const here = await temporaryDirectory();
  const there = await temporaryDirectory();
  const archive = join(await temporaryDirectory(), "tollgate.zip");
  const nowMs = Date.now();
  const plans: Record<string, string> = {};
  // Not started: of all that is scheduled nothing runs.
  const beforeMove = await within(here, nowMs, async (gateway) => {
    const { call } = gateway;
    const deliver = async (event: JsonObject): Promise<unknown> =>
      ((await (await deliverTo(gateway, event)).json()) as JsonObject)["status"];
    for (const owner of ["renews", "fails", "tied", "thin", "missed"]) {
      plans[owner] = (await call("plans:open", { ownerId: owner })) as string;
    }
    const created = (type: string, object: JsonObject): JsonObject =>
      stripeEvent(`customer.subscription.${type}`, object, { created: Math.floor(nowMs / 1_000) });
    expect(await deliver(created("created", professional(plans["renews"] ?? "")))).toBe("applied");

    await call("faultyStore:spoil", { objectId: "sub_fails" });
    const failing = professional(plans["fails"] ?? "", { id: "sub_fails" });
    expect(await deliver(created("created", failing))).toBe("failed");

    const tied = professional(plans["tied"] ?? "", { id: "sub_tied", customer: "cus_tied" });
    stripe.add(tied);
    await deliver(created("updated", tied));
    await deliver(created("updated", { ...tied, status: "unpaid" }));

    const thinly = professional(plans["thin"] ?? "");
    const snapshot = created("created", thinly);
    const missed = created("created", professional(plans["missed"] ?? ""));
    stripe.events.push(snapshot, missed);
    const thin = thinEvent("v1.customer.subscription.created", thinly, {
      snapshot_event: snapshot["id"],
    });
    expect(await deliver(thin)).toBe("received");

    await call("reconcile:run", { sinceSeconds: Math.floor(nowMs / 1_000) - 60 });
    await call("inbox:replay");
    return (await rowsOf(gateway, "_scheduled_functions")).length;
  });
  expect(beforeMove).toBeGreaterThanOrEqual(6);

  await exportSnapshot(here, archive, () => undefined);
  await importSnapshot({ archiveFile: archive, dataDirectory: there, isReplacing: false });
  await within(there, nowMs + 2 * MINUTE_MS, async (gateway) => {
    const { call } = gateway;
    expect(await rowsOf(gateway, "_scheduled_functions")).toEqual([]);
    expect(await rowsOf(gateway, "planTimers")).toEqual([]);
    expect(await rowsOf(gateway, "reconciles")).toMatchObject([{ state: "running", jobId: null }]);
    expect((await rowsOf(gateway, "replays"))[0]).not.toHaveProperty("jobId");

    await call("faultyStore:mend", { objectId: "sub_fails" });
    await gateway.engine.start();
    await passMinutes(gateway, 5);
    const statuses = (await rowsOf(gateway, "events")).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(["applied", "recorded"]));
    for (const owner of ["fails", "tied", "thin", "missed"]) {
      const plan = await call("plans:get", { planId: plans[owner] });
      expect(plan, owner).toMatchObject({ planType: "professional", ambiguousSubscriptionIds: [] });
    }
    expect(await rowsOf(gateway, "subscriptionReads")).toMatchObject([{ status: "resting" }]);
    expect(await call("reconcile:status")).toMatchObject({ lagSeconds: 0, run: { state: "done" } });
    expect(await call("inbox:replayProgress")).toMatchObject({ state: "done", failed: 0 });
    expect((await auditOf(gateway)).findings).toEqual([]);
  });

  await within(there, nowMs + 40 * DAY_MS, async (gateway) => {
    const planId = plans["renews"];
    expect(await rowsOf(gateway, "plans")).toContainEqual(
      expect.objectContaining({ _id: planId, planType: "professional" }),
    );
    await gateway.engine.start();
    await passMinutes(gateway, 3);
    expect(await rowsOf(gateway, "plans")).toContainEqual(
      expect.objectContaining({ _id: planId, planType: "free", rule: "subscription_period_over" }),
    );
    const [change] = (await gateway.call("plans:changes", { planId })) as JsonObject[];
    expect(change).toMatchObject({ to: "free", cause: "time" });
  });
});
