import { afterEach, describe, expect, test } from "vitest";
import { INSIDER } from "../../src/engine/Engine.ts";
import { StoreError } from "../../src/engine/storage/SqlStore.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import {
  checkoutSession,
  type JsonObject,
  stripeEvent,
  TEST_SIGNING_SECRET,
} from "../fixtures/stripe.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { openTestEngine, type TestEngine } from "../support/testEngine.ts";

afterEach(() => {
  process.env["STRIPE_WEBHOOK_SECRET"] = TEST_SIGNING_SECRET;
});

async function ledger({ call }: TestEngine): Promise<JsonObject[]> {
  const paginationOpts = { numItems: 100, cursor: null };
  return ((await call("events:list", { paginationOpts })) as { page: JsonObject[] }).page;
}

describe("D2 a full disk", () => {
  test("is answered with 503, leaves nothing half written, and the redelivery is taken once there is room", async () => {
    const store = openMemoryStore();
    const gateway = openTestEngine(internalFunctions, store);
    const planId = (await gateway.call("plans:open", { ownerId: "full" })) as string;
    const [[pages] = [0]] = store.prepare("PRAGMA page_count").all();
    store.exec(`PRAGMA max_page_count = ${pages}`);
    const session = checkoutSession({ client_reference_id: planId, pad: "x".repeat(20_000) });
    const event = stripeEvent("checkout.session.completed", session);

    const refused = await deliverTo(gateway, event);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).not.toBeNull();
    expect(await ledger(gateway)).toEqual([]);
    expect(await gateway.call("plans:get", { planId })).toMatchObject({ planType: "free" });

    store.exec("PRAGMA max_page_count = 1000000");
    expect((await deliverTo(gateway, event)).status).toBe(200);
    expect(await ledger(gateway)).toHaveLength(1);
    expect(await gateway.call("plans:get", { planId })).toMatchObject({ planType: "professional" });
  });
});

describe("D2 U2 a commit that fails and cannot be rolled back either", () => {
  test("is answered with 503, and nobody reads what it wrote", async () => {
    const store = openMemoryStore();
    const { batch } = store;
    let failingCommits = 0;
    let rollbackFails = false;
    const fail = (): never => {
      rollbackFails = !rollbackFails;
      throw new StoreError("disk I/O error");
    };
    const gateway = openTestEngine(internalFunctions, {
      prepare: (sql) => store.prepare(sql),
      exec: (sql) => store.exec(sql),
      transaction: (run) => store.transaction(run),
      close: () => store.close(),
      batch: {
        begin: () => batch.begin(),
        commit: () => (failingCommits-- > 0 ? fail() : batch.commit()),
        rollback: () => (rollbackFails ? fail() : batch.rollback()),
      },
    });
    const planId = (await gateway.call("plans:open", { ownerId: "ann" })) as string;
    const session = checkoutSession({ client_reference_id: planId });
    const event = stripeEvent("checkout.session.completed", session);
    // Of the event's effect, and of keeping it as failed.
    failingCommits = 2;
    expect((await deliverTo(gateway, event)).status).toBe(503);
    expect({ failingCommits, rollbackFails }).toEqual({ failingCommits: 0, rollbackFails: false });
    expect(await ledger(gateway)).toEqual([]);
    expect(await gateway.call("plans:get", { planId })).toMatchObject({ planType: "free" });
    expect((await deliverTo(gateway, event)).status).toBe(200);
    expect(await ledger(gateway)).toHaveLength(1);
  });
});

test("D2 U2 on a store without batches, what was stored before a failure is answered as stored", async () => {
  const store = openMemoryStore();
  let transactionsLeft = Number.POSITIVE_INFINITY;
  const gateway = openTestEngine(internalFunctions, {
    prepare: (sql) => store.prepare(sql),
    exec: (sql) => store.exec(sql),
    close: () => store.close(),
    transaction: (run) => {
      if (transactionsLeft-- === 0) {
        throw new StoreError("database or disk is full");
      }
      return store.transaction(run);
    },
  });
  const told: number[] = [];
  gateway.engine.onCommit((commits) => void told.push(commits.length));
  transactionsLeft = 2;
  const owners = ["ann", "bob", "cleo", "dora"];
  const opened = await Promise.allSettled(
    owners.map((ownerId) => gateway.call("plans:open", { ownerId })),
  );
  expect(opened.map(({ status }) => status)).toEqual([
    ...["fulfilled", "fulfilled", "rejected", "fulfilled"],
  ]);
  expect(told).toEqual([2, 1]);
  const { valueText } = await gateway.engine.call(
    ...(["_system/cli/tableSize", "any", { tableName: "plans" }, INSIDER] as const),
  );
  expect(Number(valueText)).toBe(3);
});

describe("D3 an event whose rule fails", () => {
  test("is kept as failed and answered with 200, so that it is not lost", async () => {
    const broken = {
      ...internalFunctions,
      events: { ...internalFunctions["events"], ingest: internalFunctions["events"]?.["list"] },
    };
    const gateway = openTestEngine(broken);
    const response = await deliverTo(gateway, stripeEvent("charge.updated", { object: "charge" }));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "failed", isDuplicate: false });
    expect(await ledger(gateway)).toMatchObject([{ status: "failed" }]);
  });
});

describe("C2 a gateway without a signing secret", () => {
  test.each([undefined, "", "whsec_x"])(
    "of %j accepts nothing and is not ready",
    async (secret) => {
      const gateway = openTestEngine(internalFunctions);
      if (secret === undefined) {
        delete process.env["STRIPE_WEBHOOK_SECRET"];
      } else {
        process.env["STRIPE_WEBHOOK_SECRET"] = secret;
      }
      expect((await deliverTo(gateway, stripeEvent("charge.updated", {}))).status).toBe(503);
      const health = await gateway.engine.handleHttp(new Request("http://localhost/healthz"), null);
      expect(health.status).toBe(503);
      expect(await ledger(gateway)).toEqual([]);
    },
  );
});
