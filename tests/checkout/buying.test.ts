import { afterAll, beforeAll, expect, test } from "vitest";
import { NUMBERS } from "../sandbox/shop.ts";
import { type CheckoutGateway, startCheckoutGateway } from "./checkoutGateway.ts";

let house: CheckoutGateway;
beforeAll(async () => {
  house = await startCheckoutGateway();
});
afterAll(async () => {
  await house.close();
});

const sessionOf = (url: string): string => new URL(url).pathname.split("/").at(-1) ?? "";

const openSessions = async () =>
  (await house.sandbox.stripe.checkout.sessions.list({ status: "open", limit: 100 })).data;

test("K1 K3 a link is bought with one form, and the plan changes with the event", async () => {
  const link = house.link("ann");
  const page = await fetch(`${house.gateway.url}/checkout?link=${link}`);
  expect(await page.text()).toContain("professional");
  expect(await openSessions()).toEqual([]);

  const posted = await house.post("/checkout", { link });
  expect(posted.status).toBe(303);
  const sessionId = sessionOf(posted.location);
  expect(await house.returned(sessionId, posted.cookie)).toContain("We are waiting");
  expect(await house.planType("ann")).toBe("free");

  const paid = await house.sandbox.submit(posted.location, { method: NUMBERS.good });
  expect(paid.location).toBe(`${house.gateway.url}/checkout/return?session_id=${sessionId}`);
  expect(await house.planType("ann")).toBe("professional");
  expect(await house.returned(sessionId, posted.cookie)).toContain("Your plan is professional");
});

test("K3 nobody else's return page says anything", async () => {
  const posted = await house.post("/checkout", { link: house.link("bea") });
  const sessionId = sessionOf(posted.location);
  const stranger = await house.post("/checkout", { link: house.link("carl") });
  const unknown = await house.returned("cs_test_unknown", stranger.cookie);
  expect(await house.returned(sessionId, stranger.cookie)).toBe(unknown);
  expect(await house.returned(sessionId, null)).toBe(unknown);
  expect(await house.returned(sessionId, "tollgate_view=1.e30.00")).toBe(unknown);
  expect(unknown).toContain("If you have paid");
});

test("K2 a double click makes one session, and another plan expires the first", async () => {
  const link = house.link("dora");
  const [first, second] = await Promise.all([
    house.post("/checkout", { link }),
    house.post("/checkout", { link }),
  ]);
  expect(first?.status).toBe(303);
  expect(second?.location).toBe(first?.location);
  const other = await house.post("/checkout", { link: house.link("dora", "enterprise") });
  expect(other.location).not.toBe(first?.location);
  const sessions = await openSessions();
  const customer = sessions.find(({ id }) => id === sessionOf(other.location))?.customer;
  expect(sessions.filter((each) => each.customer === customer)).toHaveLength(1);
});

test("K2 an owner with a subscription is led to the portal", async () => {
  const link = house.link("emil");
  const posted = await house.post("/checkout", { link });
  await house.sandbox.submit(posted.location, { method: NUMBERS.good });
  const again = await house.post("/checkout", { link });
  expect(again.status).toBe(303);
  expect(again.location).toContain("/portal/");
  const portal = await house.post("/portal", { link });
  expect(portal.location).toContain("/portal/");
});

test("K1 a refused card leaves the plan unchanged", async () => {
  const posted = await house.post("/checkout", { link: house.link("fritz") });
  const declined = await house.sandbox.submit(posted.location, { method: NUMBERS.declined });
  expect(declined.status).toBe(402);
  expect(await house.planType("fritz")).toBe("free");
});

test("K1 a delayed payment is under way before it counts", async () => {
  const posted = await house.post("/checkout", { link: house.link("hans") });
  await house.sandbox.submit(posted.location, { method: NUMBERS.sepa });
  await house.sandbox.settled();
  const sessionId = sessionOf(posted.location);
  expect(await house.planType("hans")).toBe("free");
  await house.sandbox.advance(600);
  expect(await house.planType("hans")).toBe("professional");
  expect(await house.returned(sessionId, posted.cookie)).toContain("Your plan is professional");
});

test("K2 a customer that Stripe no longer knows is replaced", async () => {
  const link = house.link("ida");
  const first = await house.post("/checkout", { link });
  const session = await house.sandbox.stripe.checkout.sessions.retrieve(sessionOf(first.location));
  await house.sandbox.stripe.customers.del(String(session.customer));
  const second = await house.post("/checkout", { link });
  expect(second.status).toBe(303);
  expect(second.location).not.toBe(first.location);
});

test("K1 a card with 3-D Secure counts when the buyer approves", async () => {
  const posted = await house.post("/checkout", { link: house.link("jan") });
  const asked = await house.sandbox.submit(posted.location, { method: NUMBERS.secure });
  expect(await house.planType("jan")).toBe("free");
  const approved = await house.sandbox.submit(asked.location ?? "", { answer: "approve" });
  expect(approved.location).toContain("/checkout/return?session_id=");
  expect(await house.planType("jan")).toBe("professional");
});

test("K2 two sessions that were both paid make one plan, and an alert", async () => {
  const posted = await house.post("/checkout", { link: house.link("kim") });
  const planId = await house.gateway.run("plans:open", { ownerId: "kim" });
  const { sessions } = house.sandbox.stripe.checkout;
  const { customer } = await sessions.retrieve(sessionOf(posted.location));
  const other = await house.shop.session({
    customer: String(customer),
    client_reference_id: String(planId),
  });
  for (const url of [posted.location, other.url ?? ""]) {
    expect((await house.sandbox.submit(url, { method: NUMBERS.good })).status).toBe(303);
  }
  expect(await house.planType("kim")).toBe("professional");
  expect(await house.gateway.run("plans:get", { planId })).toMatchObject({
    alerts: [{ code: "second_live_subscription" }],
  });
});

test.each([
  ["an edited link", () => ({ link: `${house.link("gina")}0` }), 400, "link_invalid"],
  [
    "a link that is over",
    () => ({ link: house.link("gina", "professional", -1) }),
    410,
    "link_expired",
  ],
  [
    "a link that lives too long",
    () => ({ link: house.link("gina", "professional", 4_000) }),
    400,
    "link_invalid",
  ],
  [
    "a plan that is not on sale",
    () => ({ link: house.link("gina", "gold") }),
    400,
    "plan_not_offered",
  ],
  ["nobody", () => ({ plan: "professional" }), 401, "not_signed_in"],
  ["no number of seats", () => ({ plan: "professional", seats: "many" }), 400, "request_invalid"],
] as const)(
  "K4 %s is refused with a page and a stable code",
  async (_name, fields, status, code) => {
    const posted = await house.post("/checkout", fields() as Record<string, string>);
    expect(posted).toMatchObject({ status, location: "" });
    expect(posted.text).toContain(code);
    const page = await house.post("/portal", { link: "1.2.3" });
    expect(page.text).toContain("link_invalid");
  },
);
