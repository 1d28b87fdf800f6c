import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { StoreError } from "../../src/engine/storage/SqlStore.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { parseSigningSecrets } from "../../src/stripe/signingSecrets.ts";
import { stripeEvent, TEST_SIGNING_SECRET } from "../fixtures/stripe.ts";
import { deliverTo } from "../support/internalFunctions.ts";
import { withCommits } from "../support/withCommits.ts";
import { openWorld, post, professional, signedNow } from "./world.ts";

const DAY_MS = 24 * 3_600_000;

afterEach(() => {
  process.env["STRIPE_WEBHOOK_SECRET"] = TEST_SIGNING_SECRET;
});

describe("D1 D2 D3 O2 keeping", () => {
  test("trap 5: the mark that an event came and its effect are there together, or neither", async () => {
    let isFull = false;
    const store = withCommits(openMemoryStore(), () => {
      if (isFull) {
        throw new StoreError("disk full");
      }
    });
    const { gateway, planId, plan, rows } = await openWorld(store);
    const event = stripeEvent("customer.subscription.created", professional(planId));
    isFull = true;
    expect((await deliverTo(gateway, event)).status).toBe(503);
    isFull = false;
    expect([(await plan())["planType"], await rows("events")]).toEqual(["free", []]);
    expect((await deliverTo(gateway, event)).status).toBe(200);
    expect((await plan())["planType"]).toBe("professional");
  });

  test("trap 6: an event is known for ever, not for a day", async () => {
    const { gateway, planId, deliver, rows } = await openWorld();
    const row = await deliver("customer.subscription.created", professional(planId));
    await gateway.time.advance(90 * DAY_MS);
    const delivery = signedNow(
      stripeEvent("customer.subscription.created", professional(planId), {
        id: row["stripeEventId"],
      }),
    );
    const timestampSeconds = Math.floor(gateway.time.clock.nowMs() / 1_000);
    const body = delivery.body;
    const signature = createHmac("sha256", TEST_SIGNING_SECRET)
      .update(`${timestampSeconds}.${body}`)
      .digest("hex");
    const signatureHeader = `t=${timestampSeconds},v1=${signature}`;
    expect(await gateway.call("events:ingest", { body, signatureHeader })).toEqual({
      status: "applied",
      isDuplicate: true,
    });
    expect(await rows("events")).toHaveLength(1);
  });

  test("trap 7: an event whose attempt was lost is taken up again", async () => {
    const { gateway, planId, deliver, plan } = await openWorld();
    await gateway.engine.start();
    await gateway.call("faultyStore:spoil", { objectId: "sub_1" });
    const row = await deliver("customer.subscription.created", professional(planId));
    expect(row["status"]).toBe("failed");
    await gateway.call("faultyStore:loseJobs");
    await gateway.call("faultyStore:mend", { objectId: "sub_1" });
    await gateway.time.advance(10 * 60_000);
    await gateway.engine.scheduler.runDue();
    expect((await plan())["planType"]).toBe("professional");
    await gateway.engine.close();
  });

  test("trap 8: what could not be stored is not acknowledged; what failed is kept", async () => {
    const store = withCommits(openMemoryStore(), () => {
      throw new StoreError("disk full");
    });
    await expect(openWorld(store)).rejects.toThrow("disk full");
    const { gateway, planId, deliver, rows } = await openWorld();
    await gateway.call("faultyStore:spoil", { objectId: "sub_1" });
    await deliver("customer.subscription.created", professional(planId));
    expect(await rows("events")).toMatchObject([{ status: "failed", attempts: 1 }]);
  });

  test("trap 9: unknown types and duplicates are answered with 200", async () => {
    const { gateway, deliver, rows } = await openWorld();
    const unknown = stripeEvent("spaceship.launched", { id: "ship_1", object: "spaceship" });
    for (let delivery = 0; delivery < 2; delivery++) {
      expect((await deliverTo(gateway, unknown)).status).toBe(200);
    }
    await deliver("payment_intent.payment_failed", { id: "pi_1", object: "payment_intent" });
    expect(await rows("recordedTypes")).toMatchObject([
      { type: "spaceship.launched", count: 1 },
      { type: "payment_intent.payment_failed", count: 1 },
    ]);
  });
});

describe("V1 V2 C2 signatures", () => {
  test.each(["", " ", "whsec_"])("trap 10: the secret %j is none", (secret) => {
    expect(() => parseSigningSecrets(secret)).toThrow();
  });

  test("trap 10: without a secret nothing is accepted, signed with an empty key or not", async () => {
    const world = await openWorld();
    process.env["STRIPE_WEBHOOK_SECRET"] = "";
    const body = JSON.stringify(
      stripeEvent("customer.subscription.created", professional(world.planId)),
    );
    const t = Math.floor(Date.now() / 1_000);
    const v1 = createHmac("sha256", "").update(`${t}.${body}`).digest("hex");
    expect((await post(world, body, `t=${t},v1=${v1}`)).status).toBeGreaterThanOrEqual(400);
    expect(await world.rows("events")).toEqual([]);
  });

  test.each([
    ["301 seconds old", 310],
    ["a day from the future", -86_400],
  ])("trap 11: a signature that is %s is refused", async (_, ageSeconds) => {
    const world = await openWorld();
    const event = stripeEvent("customer.subscription.created", professional(world.planId));
    const { body, signatureHeader } = signedNow(event, ageSeconds);
    expect((await post(world, body, signatureHeader)).status).toBe(400);
    expect(await world.rows("events")).toEqual([]);
  });

  test("trap 11: two secrets at once are known, and blanks around them", async () => {
    const world = await openWorld();
    process.env["STRIPE_WEBHOOK_SECRET"] =
      ` ${TEST_SIGNING_SECRET} , whsec_theNewOne0123456789abcd\n`;
    for (const secret of [TEST_SIGNING_SECRET, "whsec_theNewOne0123456789abcd"]) {
      const event = stripeEvent("customer.subscription.created", professional(world.planId));
      const { body, signatureHeader } = signedNow(event, 0, secret);
      expect((await post(world, body, signatureHeader)).status).toBe(200);
    }
  });

  test("trap 12: what runs at the edge imports nothing of Node", () => {
    const source = join(import.meta.dirname, "../../src");
    for (const room of ["stripe", "internal", "routes"]) {
      const files = readdirSync(join(source, room), { recursive: true, encoding: "utf8" });
      const importing = files
        .filter((file) => file.endsWith(".ts"))
        .filter((file) => /from "node:/.test(readFileSync(join(source, room, file), "utf8")));
      expect(importing).toEqual([]);
    }
  });
});
