import { afterAll, beforeAll, expect, test } from "vitest";
import { signOwnerToken } from "../../src/internal/checkout/ownerToken.ts";
import { MAX_LISTED, SELLING_MS } from "../../src/internal/checkout/sellingApi.ts";
import type { CheckoutDestination } from "../../src/internal/checkout/startCheckout.ts";
import { MAX_ASKED } from "../../src/internal/checkout/turns.ts";
import { VIEW_COOKIE } from "../../src/routes/checkout/viewCookie.ts";
import { NUMBERS } from "../sandbox/shop.ts";
import { setDateNow } from "../support/manualDate.ts";
import { LINK_SECRET } from "./checkoutGateway.ts";
import { type OwnShop, openOwnShop } from "./ownShop.ts";

const PROFESSIONAL = { plan: "professional" };

let house: OwnShop;
beforeAll(async () => {
  house = await openOwnShop();
});
afterAll(async () => await house.close());

const { now } = Date;

/** Runs `work` as if it were some time later. */
async function later<T>(ms: number, work: () => Promise<T>): Promise<T> {
  setDateNow(() => now.call(Date) + ms);
  try {
    return await work();
  } finally {
    setDateNow(null);
  }
}

async function openSessions(sessionId: string | null) {
  const { sessions } = house.sandbox.stripe.checkout;
  const { customer } = await sessions.retrieve(String(sessionId));
  const open = sessions.list({ customer: String(customer), status: "open", limit: 100 });
  return await open.autoPagingToArray({ limit: 1_000 });
}

/** What is left of {@link SELLING_MS} when the answer gets lost. */
const LEFT_MS = 1_000;

test("K6 an answer that never comes is given up in time, and the second try finds the same session", async () => {
  house.proxy.fault = (request) => {
    if (request === "GET /v1/subscriptions") {
      // The requests before it took nearly all the time.
      setDateNow(() => now.call(Date) + SELLING_MS - LEFT_MS);
    }
    return request === "POST /v1/checkout/sessions" ? "lost" : undefined;
  };
  const asked = () =>
    house.proxy.requests.filter((each) => each === "POST /v1/checkout/sessions").length;
  try {
    const begunMs = performance.now();
    await expect(house.sell("ann", PROFESSIONAL)).rejects.toThrow("stripe_unavailable");
    expect(performance.now() - begunMs).toBeLessThan(LEFT_MS + 4_000);
    house.proxy.fault = () => undefined;
    const made = asked();
    expect(made).toBeGreaterThan(0);
    const { sessionId } = await house.sell("ann", PROFESSIONAL);
    expect(asked()).toBe(made);
    expect(await openSessions(sessionId)).toMatchObject([{ id: sessionId }]);
  } finally {
    house.proxy.fault = () => undefined;
    setDateNow(null);
  }
});

const BODY = (type: string) => JSON.stringify({ error: { type, message: "secret sk_test_1234" } });

test.each([
  ["429", { status: 429, body: BODY("rate_limit_error") }, "stripe_unavailable"],
  ["500", { status: 500, body: BODY("api_error") }, "stripe_unavailable"],
  [
    "the same request under way",
    { status: 409, body: BODY("idempotency_error") },
    "stripe_unavailable",
  ],
  ["garbage", { status: 200, body: "<html>proxy</html>" }, "stripe_unavailable"],
  ["an empty answer", { status: 200, body: "{}" }, "stripe_unavailable"],
  ["a card error", { status: 402, body: BODY("card_error") }, "stripe_refused"],
  ["a wrong key", { status: 401, body: BODY("invalid_request_error") }, "stripe_refused"],
] as const)(
  "K6 %s from Stripe has a code, says nothing of its own and leaves nothing half done",
  async (name, fault, code) => {
    const owner = `owner of ${name}`;
    for (const broken of [
      "GET /v1/prices",
      "POST /v1/customers",
      "GET /v1/subscriptions",
      "POST /v1/checkout/sessions",
    ]) {
      house.proxy.fault = (request) => (request === broken ? fault : undefined);
      const failure = await house.sell(owner, PROFESSIONAL).catch((error: Error) => error.message);
      expect(failure, broken).toContain(code);
      expect(failure).not.toContain("sk_test_1234");
    }
    house.proxy.fault = () => undefined;
    const { sessionId } = await house.sell(owner, PROFESSIONAL);
    expect(await openSessions(sessionId)).toHaveLength(1);
    expect(await house.plan(owner)).toMatchObject({ planType: "free" });
  },
  30_000,
);

const FULL_PAGE = Array.from({ length: 100 }, (_, index) => ({
  ...{ id: `sub_${index}`, object: "subscription", status: "canceled", created: 0 },
}));

/** An answer to the first request for subscriptions, and one to every other. */
function listAs(first: object, others: object): void {
  let asked = 0;
  house.proxy.fault = (request) => {
    if (request !== "GET /v1/subscriptions") {
      return undefined;
    }
    asked += 1;
    return { status: 200, body: JSON.stringify(asked === 1 ? first : others) };
  };
}

test("K6 a list whose second page is none, or which never ends, is refused with a code", async () => {
  const full = { object: "list", url: "/v1/subscriptions", has_more: true, data: FULL_PAGE };
  for (const [others, code] of [
    [{}, "stripe_unavailable"],
    [{ ...full, data: null }, "stripe_unavailable"],
    [{ ...full, data: [null] }, "stripe_unavailable"],
    [{ ...full, data: [] }, "stripe_unavailable"],
    [full, "too_many_objects"],
  ] as const) {
    listAs(full, others);
    const before = house.proxy.requests.length;
    await expect(
      house.sell("lara", PROFESSIONAL),
      JSON.stringify(others).slice(0, 60),
    ).rejects.toThrow(code);
    expect(house.proxy.requests.length - before).toBeLessThan(MAX_LISTED / 100 + 6);
  }
  house.proxy.fault = () => undefined;
  const { sessionId } = await house.sell("lara", PROFESSIONAL);
  expect(await openSessions(sessionId)).toHaveLength(1);
});

test("K2 more open sessions than one page holds are all expired", async () => {
  const { sessionId } = await house.sell("bea", PROFESSIONAL);
  const { sessions } = house.sandbox.stripe.checkout;
  const { customer } = await sessions.retrieve(String(sessionId));
  for (let count = 0; count < 105; count++) {
    await house.shop.session({ customer: String(customer) });
  }
  expect(await house.sell("bea", PROFESSIONAL)).toMatchObject({ sessionId });
  expect(await openSessions(sessionId)).toHaveLength(1);
});

test("K2 a live subscription behind a hundred that ended is found", async () => {
  const { sessionId } = await house.sell("carl", PROFESSIONAL);
  const { customer } = await house.sandbox.stripe.checkout.sessions.retrieve(String(sessionId));
  const item = {
    items: [{ price: house.shop.monthly.id }],
    payment_behavior: "default_incomplete",
  };
  const { subscriptions } = house.sandbox.stripe;
  await subscriptions.create({
    ...{ customer: String(customer), items: [{ price: house.shop.monthly.id }] },
    trial_period_days: 5,
  });
  for (let count = 0; count < 101; count++) {
    const { id } = await subscriptions.create({ customer: String(customer), ...item } as never);
    await subscriptions.cancel(id);
  }
  const led = await house.sell("carl", { plan: "enterprise" });
  expect(led).toMatchObject({ sessionId: null, url: expect.stringContaining("/portal/") });
});

test("K2 eight racing checkouts of one owner make one customer and one session", async () => {
  const before = house.proxy.requests.filter((each) => each === "POST /v1/customers").length;
  const made = await Promise.all(Array.from({ length: 8 }, () => house.sell("dora", PROFESSIONAL)));
  expect(new Set(made.map(({ sessionId }) => sessionId)).size).toBe(1);
  expect(await openSessions(made[0]?.sessionId ?? null)).toHaveLength(1);
  const after = house.proxy.requests.filter((each) => each === "POST /v1/customers").length;
  expect(after - before).toBe(1);
}, 20_000);

test("K7 an owner who asks too often is refused for ten minutes", async () => {
  const take = { ownerId: "emil", planType: "professional", isCounted: true };
  for (let count = 0; count < MAX_ASKED; count++) {
    await house.gateway.call("checkout:takeTurn", take);
  }
  await expect(house.sell("emil", PROFESSIONAL)).rejects.toThrow("too_many_requests");
  await expect(house.gateway.call("checkout:countPortal", { ownerId: "emil" })).rejects.toThrow(
    "too_many_requests",
  );
  expect(await house.sell("fritz", PROFESSIONAL)).toMatchObject({ sessionId: expect.anything() });
  await later(10 * 60_000, () => house.gateway.call("checkout:takeTurn", take));
});

test("K2 a turn that a crash left is taken over when it is over, and its owner ends no other", async () => {
  const take = { ownerId: "gina", planType: "professional", isCounted: false };
  await house.gateway.call("checkout:takeTurn", { ...take, isCounted: true });
  expect(await house.gateway.call("checkout:takeTurn", take)).toBeNull();
  const takenOver = await later(5 * SELLING_MS, () =>
    house.gateway.call("checkout:takeTurn", take),
  );
  expect(takenOver).toMatchObject({ turn: 2 });
  const late = { ownerId: "gina", turn: 1, sessionId: "cs_late" };
  await house.gateway.call("checkout:endTurn", late);
  expect(await house.gateway.call("checkout:takeTurn", take)).toBeNull();
});

test("K3 the return page asks for what is late: one reconcile a minute for all owners, through the ledger", async () => {
  process.env["TOLLGATE_LINK_SECRET"] = LINK_SECRET;
  const sold = new Map<string, CheckoutDestination>();
  // Commit times never go back: later than any that another test here has moved to.
  const backMs = now.call(Date) + 3_600_000;
  const lookAfter = async (ms: number) => {
    setDateNow(() => backMs + ms);
    for (const [ownerId, { sessionId }] of sold) {
      expect(await returnPage(ownerId, sessionId)).toContain("We are waiting");
    }
    return await newestRun();
  };
  try {
    setDateNow(() => backMs);
    for (const ownerId of ["jan", "kurt"]) {
      sold.set(ownerId, await house.sell(ownerId, PROFESSIONAL));
    }
    await house.sandbox.settled();
    await house.sandbox.control("/faults", { kind: "drop", count: 1_000 });
    await house.sandbox.submit(String(sold.get("jan")?.url), { method: NUMBERS.good });
    await lookAfter(0);
    expect(await lookAfter(9_000)).toBeNull();
    const first = await lookAfter(12_000);
    expect(first).toMatchObject({ state: "running", trigger: "operator" });
    await finishRun();
    const { sessionId } = sold.get("jan") ?? { sessionId: null };
    expect(await returnPage("jan", sessionId)).toContain("Your plan is professional.");
    sold.delete("jan");
    expect((await lookAfter(60_000))?._id).toBe(first?._id);
    const second = await lookAfter(73_000);
    expect(second).toMatchObject({ state: "running" });
    expect(second?._id).not.toBe(first?._id);
    // A run that takes longer than a minute is not joined by another.
    expect((await lookAfter(200_000))?._id).toBe(second?._id);
    await finishRun();
  } finally {
    setDateNow(null);
    await fetch(`${house.sandbox.url}/sandbox/faults`, { method: "DELETE" });
  }
});

async function returnPage(ownerId: string, sessionId: string | null): Promise<string> {
  const expiresAtSeconds = Math.floor(Date.now() / 1_000) + 900;
  const token = { ownerId, plan: "", interval: "", expiresAtSeconds };
  const request = new Request(`http://127.0.0.1:8787/checkout/return?session_id=${sessionId}`, {
    headers: { cookie: `${VIEW_COOKIE}=${signOwnerToken("view", token, LINK_SECRET)}` },
  });
  return await (await house.gateway.engine.handleHttp(request, null)).text();
}

async function newestRun(): Promise<{ _id: string; state: string } | null> {
  const { run } = (await house.gateway.call("reconcile:status")) as {
    run: { _id: string; state: string } | null;
  };
  return run;
}

/** This engine runs no scheduled work by itself. */
async function finishRun(): Promise<void> {
  for (let run = await newestRun(); run?.state === "running"; run = await newestRun()) {
    await house.gateway.call("reconcile:step", { runId: run._id });
  }
  expect(await newestRun()).toMatchObject({ state: "done" });
}

test("K7 notes on checkouts are dropped after thirty days, and the customer stays", async () => {
  await house.sell("hans", PROFESSIONAL);
  const notes = async () =>
    (await house.gateway.call("audit:tablePage", { table: "checkoutTurns", after: null })) as {
      entries: unknown[];
    };
  const customer = await house.gateway.call("checkout:customerOf", { ownerId: "hans" });
  expect((await notes()).entries.length).toBeGreaterThan(0);
  await house.gateway.call("checkout:dropNotes");
  expect((await notes()).entries.length).toBeGreaterThan(0);
  await later(31 * 24 * 3_600_000, () => house.gateway.call("checkout:dropNotes"));
  expect((await notes()).entries).toEqual([]);
  expect(await house.gateway.call("checkout:customerOf", { ownerId: "hans" })).toEqual(customer);
});

test("K7 an export shows the notes, and an erasure removes them, also of a customer who bought nothing", async () => {
  await house.sell("ida@example.org", PROFESSIONAL);
  const ownerId = "ida@example.org";
  const { customerId } = (await house.gateway.call("checkout:customerOf", { ownerId })) as {
    customerId: string;
  };
  const subject = await house.gateway.call("customerData:subjectOf", { of: customerId });
  expect(await house.gateway.call("customerData:checkoutNotes", { subject })).toMatchObject({
    customersOfOwners: [{ ownerId, customerId }],
    checkoutTurns: [{ ownerId }],
  });
  const reason = "request";
  await house.gateway.call("customerData:finishErasure", { subject, reason, bodies: 0 });
  expect(await house.gateway.call("checkout:customerOf", { ownerId })).toBeNull();
  expect(await house.gateway.call("customerData:checkoutNotes", { subject })).toEqual({
    customersOfOwners: [],
    checkoutTurns: [],
  });
  // The same owner again is somebody else, at Stripe too.
  await house.sell(ownerId, PROFESSIONAL);
  expect(await house.gateway.call("checkout:customerOf", { ownerId })).not.toMatchObject({
    customerId,
  });
});
