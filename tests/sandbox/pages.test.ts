import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestSandbox, type TestSandbox } from "../support/sandboxServer.ts";
import { startWebhookReceiver } from "../support/webhookReceiver.ts";
import { NUMBERS, openShop, type Shop } from "./shop.ts";

let sandbox: TestSandbox;
let shop: Shop;

beforeEach(async () => {
  sandbox = await startTestSandbox();
  shop = await openShop(sandbox);
});

afterEach(() => sandbox.close());

/** Every hosted page in every state it has, by a name for it. */
async function everyPage(): Promise<Map<string, Response>> {
  const pages = new Map<string, Response>();
  const open = await shop.session({ allow_promotion_codes: true });
  pages.set("checkout", await fetch(open.url ?? ""));
  pages.set("refused", await post(open.url ?? "", { method: NUMBERS.declined, email: "a@b.c" }));
  const asked = await shop.pay(open, NUMBERS.secure);
  pages.set("authenticate", await fetch(asked.location ?? ""));
  await shop.pay(open, NUMBERS.good);
  pages.set("complete", await fetch(open.url ?? ""));
  const expired = await shop.session();
  await shop.stripe.checkout.sessions.expire(expired.id);
  pages.set("expired", await fetch(expired.url ?? ""));
  const adjustable = { enabled: true, minimum: 1, maximum: 9 };
  const several = await shop.session({
    line_items: [{ price: shop.monthly.id, quantity: 2, adjustable_quantity: adjustable }],
  });
  pages.set("quantity", await fetch(several.url ?? ""));
  pages.set("setup", await fetch((await shop.session({ mode: "setup" })).url ?? ""));
  pages.set("unknown", await fetch(`${sandbox.url}/checkout/cs_test_none`));
  const { subscription } = await shop.subscribed();
  const portal = await shop.stripe.billingPortal.sessions.create({
    customer: String(subscription.customer),
    return_url: "https://shop.example/account",
  });
  pages.set("portal", await fetch(portal.url));
  pages.set("portal refused", await post(portal.url, { action: "cancel_now" }));
  pages.set("nothing to approve", await fetch(`${sandbox.url}/authenticate/pi_none`));
  return pages;
}

function post(url: string, fields: Record<string, string>): Promise<Response> {
  return fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
}

describe("S9 the hosted pages", () => {
  test("S9 work without script, allow none, and load nothing from elsewhere", async () => {
    for (const [name, page] of await everyPage()) {
      const text = await page.text();
      expect(text, name).not.toMatch(/<script|\son\w+=|javascript:|style="/i);
      expect(text.match(/(?:src|<link[^>]*href)="([^"]*)"/g), name).toEqual([
        '<link rel="stylesheet" href="/pages.css"',
      ]);
      expect(page.headers.get("content-security-policy"), name).toContain("default-src 'none'");
      expect(page.headers.get("cache-control"), name).toBe("no-store");
    }
    const styles = await fetch(`${sandbox.url}/pages.css`);
    expect(styles.headers.get("content-type")).toContain("text/css");
  });

  test("S9 name every field, group the choices, and have one heading and a language", async () => {
    for (const [name, page] of await everyPage()) {
      const text = await page.text();
      expect(text, name).toContain('<html lang="en">');
      expect(text.match(/<h1>/g), name).toHaveLength(1);
      const visible = text.match(/<(?:input|select)(?![^>]*type="hidden")[^>]*>/g) ?? [];
      const labelled = text.match(/<label>[^<]*<(?:input|select)/g) ?? [];
      expect(labelled.length, name).toBe(visible.length);
      expect(text.match(/<fieldset>/g)?.length, name).toBe(text.match(/<legend>/g)?.length);
      expect(text, name).not.toMatch(/tabindex|autofocus/);
    }
  });

  test("S9 announce what went wrong, with a status that says so", async () => {
    const pages = await everyPage();
    const statuses = [...pages].map(([name, { status }]) => [name, status]);
    expect(Object.fromEntries(statuses)).toEqual({
      authenticate: 200,
      checkout: 200,
      complete: 200,
      expired: 410,
      "nothing to approve": 404,
      portal: 200,
      "portal refused": 404,
      quantity: 200,
      refused: 402,
      setup: 200,
      unknown: 404,
    });
    for (const name of ["refused", "unknown", "portal refused"]) {
      expect(await pages.get(name)?.text(), name).toContain('role="alert"');
    }
  });

  test("S9 show texts of the shop and the buyer as texts", async () => {
    const product = await shop.stripe.products.create({ name: '<img src=x onerror="alert(1)">' });
    const price = await shop.stripe.prices.create({
      product: product.id,
      currency: "jpy",
      unit_amount: 1_500,
    });
    const session = await shop.session({
      mode: "payment",
      line_items: [{ price: price.id, quantity: 1 }],
      cancel_url: 'https://shop.example/?a="><script>',
    });
    await post(session.url ?? "", {
      method: NUMBERS.declined,
      email: "a@b.c",
      name: '"><script>alert(1)</script>',
    });
    const text = await (await fetch(session.url ?? "")).text();
    expect(text).not.toMatch(/<script|<img/);
    expect(text).toContain("&lt;img src=x onerror=");
    expect(text).toContain("¥1,500");
  });

  test("S9 ask for an email and a known number, and keep what was entered", async () => {
    const session = await shop.session();
    const url = session.url ?? "";
    const noEmail = await post(url, { method: NUMBERS.good });
    expect([noEmail.status, await noEmail.text()]).toEqual([
      402,
      expect.stringContaining("Enter your email address."),
    ]);
    const unknown = await post(url, { method: "4111111111111111", email: "a@b.c" });
    expect(await unknown.text()).toContain("only test numbers work here");
    const spaced = await post(url, { method: "4242 4242 4242 4242", email: "a@b.c" });
    expect(spaced.status).toBe(303);
  });

  test("S1 offer another quantity where the shop says so, and a promotion code counts for it", async () => {
    const coupon = await shop.stripe.coupons.create({ percent_off: 50, duration: "once" });
    const promotion = { type: "coupon", coupon: coupon.id } as const;
    await shop.stripe.promotionCodes.create({ promotion, code: "HALF" });
    const session = await shop.session({
      allow_promotion_codes: true,
      line_items: [
        { price: shop.monthly.id, quantity: 2, adjustable_quantity: { enabled: true } },
        { price: shop.enterprise.id, quantity: 1 },
      ],
    });
    const url = session.url ?? "";
    const { data } = await shop.stripe.checkout.sessions.listLineItems(session.id);
    const [free, fixed] = data.map(({ id }) => id);
    await post(`${url}/promotion_code`, { promotion_code: "HALF" });
    // What was tried with the former amount is not charged.
    await post(url, { method: NUMBERS.declined, email: "a@b.c" });
    const page = await post(`${url}/quantity`, { item: free ?? "", quantity: "99" });
    expect(await page.text()).toContain("99 × Professional");
    for (const [item, quantity] of [
      [free, "0"],
      [free, "100"],
      [fixed, "2"],
      ["li_none", "2"],
    ]) {
      expect(
        (await post(`${url}/quantity`, { item: item ?? "", quantity: quantity ?? "" })).status,
      ).toBe(402);
    }
    await post(url, { method: NUMBERS.good, email: "a@b.c" });
    const subtotal = 99 * 1_900 + 9_900;
    const paid = await shop.stripe.checkout.sessions.retrieve(session.id, { expand: ["invoice"] });
    expect(paid).toMatchObject({
      status: "complete",
      amount_subtotal: subtotal,
      amount_total: subtotal / 2,
      invoice: { amount_paid: subtotal / 2 },
    });
    const { items } = await shop.stripe.subscriptions.retrieve(String(paid.subscription));
    expect(items.data.map(({ quantity }) => quantity)).toEqual([99, 1]);
    const late = await post(`${url}/quantity`, { item: free ?? "", quantity: "3" });
    expect(await late.text()).toContain("This checkout is complete.");
  });

  test("S1 offer the kinds of payment that the shop takes, and no other", async () => {
    const session = await shop.session({ allowed_payment_method_types: ["card"] });
    const text = await (await fetch(session.url ?? "")).text();
    expect(text).toContain(NUMBERS.good);
    expect(text).not.toContain(NUMBERS.sepa);
    const refused = await post(session.url ?? "", { method: NUMBERS.sepa, email: "a@b.c" });
    expect(refused.status).toBe(402);
    expect((await shop.stripe.paymentIntents.list()).data).toEqual([]);
  });

  test("S9 send the buyer back only when the shop has heard of it", async () => {
    const receiver = await startWebhookReceiver();
    await shop.stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ["*"] });
    const session = await shop.session();
    await shop.pay(session, NUMBERS.good);
    expect(receiver.received.map(({ event }) => event.type)).toContain(
      "checkout.session.completed",
    );
    await receiver.close();
  });

  test("S9 two buyers who submit one session at once pay once", async () => {
    const session = await shop.session();
    const answers = await Promise.all([1, 2, 3].map(() => shop.pay(session, NUMBERS.good)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 303]);
    expect((await shop.stripe.charges.list()).data).toHaveLength(1);
  });
});
