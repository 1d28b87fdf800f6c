import { setTimeout as delay } from "node:timers/promises";
import { ConvexClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import {
  deliver,
  ledger,
  openPlan,
  planType,
  post,
  professional,
  rowOf,
  rows,
  tell,
} from "../contract/asking.ts";
import { overHttp } from "../contract/runners/overHttp.ts";
import { SyncSocket } from "../contract/SyncSocket.ts";
import { deliveryOf, stripeEvent, subscription, TEST_SIGNING_SECRET } from "../fixtures/stripe.ts";
import { EDGE_BINDINGS } from "../support/edge/bindings.ts";
import { type Edge, startEdge } from "../support/edge/startEdge.ts";
import { eventually } from "../support/eventually.ts";
import { TEST_ADMIN_KEY, temporaryDirectory } from "../support/gatewayProcess.ts";

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge({ bindings: EDGE_BINDINGS, persistence: await temporaryDirectory() });
}, 60_000);
afterAll(async () => await edge.close());

const http = overHttp(() => edge.url);
const place = { ...http, nowMs: () => Date.now() };
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

describe("W1 a forged delivery", () => {
  test("is refused while no object can answer, as the route refuses it", async () => {
    const forged = deliveryOf(stripeEvent("customer.subscription.created", subscription()), {
      secret: "whsec_somebodyElse0123456789",
      timestampSeconds: nowSeconds(),
    });
    await edge.fail("store");
    try {
      const response = await post(http, forged);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        code: "signature_not_verified",
        message: "The signature could not be verified.",
      });
    } finally {
      await edge.fail("");
    }
  });

  test("is refused by the object, too, when it comes by another path", async () => {
    const { body } = deliveryOf(stripeEvent("customer.subscription.created", subscription()));
    const headers = { "stripe-signature": "t=1,v1=00" };
    const response = await fetch(`${edge.url}/http/stripe/webhook`, {
      method: "POST",
      body,
      headers,
    });
    expect(response.status).toBe(400);
  });
});

describe("W2 an event of another account or mode", () => {
  test.each([
    ["acct_other:test", { account: "acct_other" }],
    ["own:live", { livemode: true }],
  ])("goes to an object of its own, %s, which only the admin key reaches", async (other, of) => {
    const event = stripeEvent("customer.subscription.created", subscription(), of);
    expect((await deliver(place, event)).status).toBe(200);
    expect(await ledger(http)).not.toContain(event["id"]);
    const list = async (authorization: string): Promise<string> => {
      const response = await fetch(`${edge.url}/api/function`, {
        method: "POST",
        headers: { authorization, "tollgate-place": other },
        body: JSON.stringify({
          path: "events:list",
          args: { paginationOpts: { numItems: 10, cursor: null } },
        }),
      });
      return await response.text();
    };
    expect(await list(`Convex ${TEST_ADMIN_KEY}`)).toContain(event["id"]);
    expect(await list("Convex wrong_key_0123456789")).not.toContain(event["id"]);
  });
});

describe("W10 an account that TOLLGATE_ACCOUNTS allows", () => {
  test("has plans of its own, which no event of another account changes", async () => {
    const bindings = { ...EDGE_BINDINGS, TOLLGATE_ACCOUNTS: "acct_one,acct_two" };
    const platform = await startEdge({ bindings });
    try {
      const at = (account: string | null) => ({
        ...overHttp(
          () => platform.url,
          account === null ? {} : { "tollgate-place": `${account}:test` },
        ),
        nowMs: () => Date.now(),
      });
      const [one, two, own] = [at("acct_one"), at("acct_two"), at(null)];
      const plans = await Promise.all([one, two, own].map((each) => openPlan(each, "ann")));
      const [planOfOne = "", , ownPlan = ""] = plans;
      const object = professional(planOfOne);
      for (const account of ["acct_two", "acct_three"]) {
        await tell(own, "customer.subscription.created", object, { account });
      }
      await tell(own, "customer.subscription.created", object);
      const typesOf = async () => [
        await planType(one, planOfOne),
        await planType(two, plans[1] ?? ""),
        await planType(own, ownPlan),
      ];
      expect(await typesOf()).toEqual(["free", "free", "free"]);
      const eventId = await tell(own, "customer.subscription.created", object, {
        account: "acct_one",
      });
      expect(await typesOf()).toEqual(["professional", "free", "free"]);
      expect(await rowOf(one, eventId)).toMatchObject({ account: "acct_one", status: "applied" });
      expect((await rows(at("acct_three")))[0]).toMatchObject({ status: "quarantined" });
    } finally {
      await platform.close();
    }
  });
});

describe("W3 a Worker without a usable secret", () => {
  test.each([
    [{ TOLLGATE_ADMIN_KEY: TEST_ADMIN_KEY }, "STRIPE_WEBHOOK_SECRET"],
    [{ ...EDGE_BINDINGS, STRIPE_WEBHOOK_SECRET: "whsec_short" }, "STRIPE_WEBHOOK_SECRET"],
    [{ STRIPE_WEBHOOK_SECRET: TEST_SIGNING_SECRET }, "TOLLGATE_ADMIN_KEY"],
  ])("answers everything with 503 and the name: %#", async (bindings, name) => {
    const bare = await startEdge({ bindings });
    try {
      for (const path of ["/healthz", "/stripe/webhook"]) {
        const response = await fetch(`${bare.url}${path}`, { method: "POST", body: "{}" });
        expect(response.status).toBe(503);
        expect(await response.json()).toEqual({
          code: "config_invalid",
          message: `The Worker is not configured: ${name}.`,
        });
      }
    } finally {
      await bare.close();
    }
  });
});

describe("W4 an object that fails", () => {
  test.each(["store", "commit"] as const)(
    "answers 503 when its %s fails, keeps nothing of it, and takes the event afterwards",
    async (what) => {
      const planId = await openPlan(http, `failing ${what}`);
      const event = stripeEvent("customer.subscription.created", professional(planId));
      await edge.fail(what);
      const refused = await deliver(place, event);
      await edge.fail("");
      expect(refused.status).toBe(503);
      expect(await ledger(http)).not.toContain(event["id"]);
      expect(await (await deliver(place, event)).json()).toMatchObject({ isDuplicate: false });
      expect(await planType(http, planId)).toBe("professional");
    },
  );

  test("answers 503 when it cannot be opened, and works when it can", async () => {
    const planId = await openPlan(http, "reopened");
    await edge.evict("close");
    await edge.fail("store");
    const event = stripeEvent("customer.subscription.created", professional(planId));
    const refused = await deliver(place, event);
    await edge.fail("");
    expect(refused.status).toBe(503);
    expect((await deliver(place, event)).status).toBe(200);
    expect(await planType(http, planId)).toBe("professional");
  });
});

describe("W5 what is scheduled", () => {
  test.each([
    ["runs by the alarm of an object that was taken out of memory, without anybody asking", 0],
    ["W4 runs by a later alarm when the object could not be opened for the first", 3_000],
  ])("%s", async (_, faultMs) => {
    const planId = await openPlan(http, `alarm ${faultMs}`);
    const endsSoon = { ...professional(planId), cancel_at: nowSeconds() + 2 };
    await deliver(place, stripeEvent("customer.subscription.created", endsSoon));
    await edge.evict("close");
    await edge.fail(faultMs > 0 ? "store" : "");
    await delay(faultMs);
    await edge.fail("");
    await delay(5_000);
    const askedAtMs = Date.now();
    const changes = (await http.run("plans:changes", { planId })) as { changedAtMs: number }[];
    expect(changes).toHaveLength(2);
    // Asking would have let it run, too.
    expect(changes[0]?.changedAtMs).toBeLessThan(askedAtMs);
  });
});

describe("W6 an object that is killed", () => {
  test("holds every acknowledged event once, and of each all or nothing", async () => {
    const persistence = await temporaryDirectory();
    let killed = await startEdge({ bindings: EDGE_BINDINGS, persistence });
    const at = overHttp(() => killed.url);
    const planId = await openPlan(at, "killed");
    const events = Array.from({ length: 60 }, () =>
      stripeEvent("customer.subscription.updated", professional(planId)),
    );
    const acknowledged: unknown[] = [];
    const deliveries = events.map(async (event, i) => {
      await delay(i * 10);
      const answer = await deliver({ ...at, nowMs: Date.now }, event).catch(() => null);
      if (answer?.status === 200) {
        acknowledged.push(event["id"]);
      }
    });
    await eventually(async () => expect(acknowledged.length).toBeGreaterThan(4));
    await killed.kill();
    await Promise.all(deliveries);
    expect(acknowledged.length).toBeLessThan(events.length);
    killed = await startEdge({ bindings: EDGE_BINDINGS, persistence });
    const kept = await ledger(at);
    expect(new Set(kept).size).toBe(kept.length);
    expect(kept).toEqual(expect.arrayContaining(acknowledged));
    for (const event of events) {
      expect((await deliver({ ...at, nowMs: Date.now }, event)).status).toBe(200);
    }
    expect(await ledger(at)).toHaveLength(events.length);
    expect(await planType(at, planId)).toBe("professional");
    await killed.close();
  });
});

describe("W7 a client of an object that slept", () => {
  test("is told so when the object wakes, and hears of the change when it comes back", async () => {
    const planId = await openPlan(http, "sleeping");
    const socket = await SyncSocket.open(http);
    socket.watch("plans:get", { planId });
    await socket.until(({ text }) => text.includes('"free"'));
    await edge.evict("hibernate");
    const closed = socket.closed();
    await deliver(place, stripeEvent("customer.subscription.created", professional(planId)));
    expect(await closed).toBe(1012);
    const again = await SyncSocket.open(http);
    again.watch("plans:get", { planId });
    await again.until(({ text }) => text.includes('"professional"'));
    again.close();
  });

  test("of Convex's own kind comes back by itself and hears of the change within seconds", async () => {
    const planId = await openPlan(http, "sleeping client");
    const client = new ConvexClient(edge.url, {
      webSocketConstructor: WebSocket as never,
      skipConvexDeploymentUrlCheck: true,
      logger: false,
    });
    (client.client as unknown as { setAdminAuth(key: string): void }).setAdminAuth(TEST_ADMIN_KEY);
    const heard: unknown[] = [];
    const get = makeFunctionReference<"query">("plans:get");
    client.onUpdate(get, { planId }, (plan: { planType: string }) => heard.push(plan.planType));
    try {
      await eventually(async () => expect(heard).toEqual(["free"]));
      await edge.evict("hibernate");
      await deliver(place, stripeEvent("customer.subscription.created", professional(planId)));
      await eventually(async () => expect(heard).toEqual(["free", "professional"]));
    } finally {
      await client.close();
    }
  });
});

test("W12 the crons of an object that nobody asks rest, and run again when somebody does", async () => {
  const quiet = await startEdge({ bindings: EDGE_BINDINGS });
  try {
    const at = overHttp(() => quiet.url);
    const runsMs = async (): Promise<number[]> => {
      const paginationOpts = { numItems: 100, cursor: null };
      const args = { table: "_cron_job_logs", order: "asc", paginationOpts };
      const { page } = (await at.run("_system/cli/tableData", args)) as {
        page: { name: string; _creationTime: number }[];
      };
      return page
        .filter(({ name }) => name === "take up missed events")
        .map(({ _creationTime }) => _creationTime);
    };
    await at.run("inbox:counts");
    const beganMs = Date.now();
    const MINUTE_MS = 60_000;
    for (const minutes of [2, 59, 1, 5, 60, 240]) {
      await quiet.advance(minutes * MINUTE_MS);
      await delay(100);
    }
    const minutes = (atMs: number) => Math.round((atMs - beganMs) / MINUTE_MS);
    // In use for an hour; at rest since, however often it is woken.
    await eventually(async () =>
      expect([...new Set((await runsMs()).map(minutes))]).toContain(367),
    );
    expect([...new Set((await runsMs()).map(minutes))]).toEqual([2, 61, 367]);
  } finally {
    await quiet.close();
  }
});

test("W5 the health of the gateway is that of its object", async () => {
  await eventually(async () => {
    const response = await http.fetch("/healthz");
    expect(await response.json()).toEqual({ status: "ready", mode: "test" });
  });
});
