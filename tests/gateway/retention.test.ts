import { internalMutationGeneric } from "convex/server";
import { describe, expect, test } from "vitest";
import { stripeEvent, subscription } from "../fixtures/stripe.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { auditOf, codesOf, makeLedger } from "../support/ledgers.ts";
import { openTestEngine, type TestEngine } from "../support/testEngine.ts";

const DAY_MS = 24 * 3_600 * 1_000;

interface Batch {
  dropped: number;
  kept: number;
  next: number | null;
}

/** Runs `work` as if it were some days later. */
async function daysLater<T>(days: number, work: () => Promise<T>): Promise<T> {
  const { now } = Date;
  // Not by way of Date: a function's own is set to the engine's, which would be shifted twice.
  Date.now = () => performance.timeOrigin + performance.now() + days * DAY_MS;
  try {
    return await work();
  } finally {
    Date.now = now;
  }
}

async function plansOf(gateway: TestEngine, planIds: string[]): Promise<unknown> {
  return await Promise.all(planIds.map((planId) => gateway.call("plans:get", { planId })));
}

describe("X5 dropping bodies", () => {
  test("keeps hashes, evidence and what was understood, so the audit still makes the plans", async () => {
    const gateway = openTestEngine(internalFunctions);
    const { ann, bob } = await makeLedger(gateway);
    const before = await plansOf(gateway, [ann, bob]);
    const batch = await daysLater(91, () => gateway.call("retention:dropBodies", { days: 90 }));
    expect(batch).toEqual({ dropped: 12, kept: 1, next: null });
    const report = await auditOf(gateway);
    expect(report.findings).toEqual([]);
    expect(report.proofs).toEqual({ signature: 1, hash_only: 0, body_dropped: 12, none: 0 });
    expect(report.rows).toMatchObject({ eventBodies: 1, eventReadings: 12 });
    expect(await plansOf(gateway, [ann, bob])).toEqual(before);
  });

  test("leaves no name and no address behind", async () => {
    const gateway = openTestEngine(internalFunctions);
    await makeLedger(gateway);
    await daysLater(91, () => gateway.call("retention:dropBodies", { days: 90 }));
    const tables = ["events", "eventBodies", "eventReadings", "checkoutSessions", "customers"];
    for (const table of tables) {
      const page = await gateway.call("audit:tablePage", { table, after: null });
      expect(JSON.stringify(page)).not.toMatch(/@example|Secret/);
    }
  });

  test("leaves what came later, and goes on from where a batch ended", async () => {
    const gateway = openTestEngine(internalFunctions);
    for (let number = 0; number < 100; number++) {
      await deliverTo(gateway, stripeEvent("customer.subscription.created", subscription()));
    }
    const young = await daysLater(89, () => gateway.call("retention:dropBodies", { days: 90 }));
    expect(young).toEqual({ dropped: 0, kept: 0, next: null });
    await daysLater(91, async () => {
      const first = (await gateway.call("retention:dropBodies", { days: 90 })) as Batch;
      expect(first).toMatchObject({ dropped: 64, kept: 0 });
      const args = { days: 90, after: first.next };
      expect(await gateway.call("retention:dropBodies", args)).toEqual({
        dropped: 36,
        kept: 0,
        next: null,
      });
    });
    expect((await auditOf(gateway)).findings).toEqual([]);
  });

  test("happens only when it is set, by the daily run", async () => {
    const gateway = openTestEngine(internalFunctions);
    await makeLedger(gateway);
    const dropped = async () => (await auditOf(gateway)).proofs.body_dropped;
    await daysLater(91, () => gateway.call("retention:run", {}));
    expect(await dropped()).toBe(0);
    process.env["TOLLGATE_BODY_RETENTION_DAYS"] = "90";
    try {
      expect(await gateway.call("retention:setting", {})).toBe(90);
      await daysLater(91, () => gateway.call("retention:run", {}));
      expect(await dropped()).toBe(12);
      process.env["TOLLGATE_BODY_RETENTION_DAYS"] = "0";
      await expect(gateway.call("retention:run", {})).rejects.toThrow("whole number of days");
    } finally {
      delete process.env["TOLLGATE_BODY_RETENTION_DAYS"];
    }
  });

  test("a body that somebody changed is evidence: it stays, and stops nothing", async () => {
    const forger = {
      change: internalMutationGeneric(async ({ db }) => {
        const body = await db.query("eventBodies").first();
        await db.patch(body?._id as never, { text: "{}" });
      }),
    };
    const gateway = openTestEngine({ ...internalFunctions, forger });
    await makeLedger(gateway);
    await gateway.call("forger:change");
    const batch = await daysLater(91, () => gateway.call("retention:dropBodies", { days: 90 }));
    expect(batch).toEqual({ dropped: 11, kept: 2, next: null });
    const { findings } = await auditOf(gateway);
    expect(codesOf(findings)).toContain("body_altered");
    const [{ id: eventId } = { id: "" }] = findings.filter(({ code }) => code === "body_altered");
    const erasing = gateway.call("customerData:eraseBodies", { eventIds: [eventId] });
    await expect(erasing).rejects.toMatchObject({ data: { code: "body_altered" } });
  });

  test("an event whose body was dropped still proves a payment", async () => {
    const gateway = openTestEngine(internalFunctions);
    const planId = await gateway.call("plans:open", { ownerId: "ann" });
    const event = stripeEvent("checkout.session.completed", {
      id: "cs_1",
      object: "checkout.session",
      mode: "payment",
      status: "complete",
      payment_status: "paid",
      client_reference_id: planId,
    });
    await deliverTo(gateway, event);
    await daysLater(91, () => gateway.call("retention:dropBodies", { days: 90 }));
    const mark = { planId, eventId: event["id"] };
    expect(await gateway.call("plans:markPlanAsProfessional", mark)).toBeNull();
  });

  test.each([0, 1.5, -1])("refuses %s days with a stable code", async (days) => {
    const gateway = openTestEngine(internalFunctions);
    await expect(gateway.call("retention:dropBodies", { days })).rejects.toMatchObject({
      data: { code: "retention_days_invalid" },
    });
  });
});
