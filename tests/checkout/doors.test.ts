import { afterAll, beforeAll, expect, test } from "vitest";
import { signOwnerToken } from "../../src/internal/checkout/ownerToken.ts";
import { MAX_ASKED } from "../../src/internal/checkout/turns.ts";
import { startGatewayProcess, temporaryDirectory } from "../support/gatewayProcess.ts";
import { dataUrl, newSigningKey, type SigningKey, signToken } from "../support/identityProvider.ts";
import { type CheckoutGateway, LINK_SECRET, startCheckoutGateway } from "./checkoutGateway.ts";

const ISSUER = "https://issuer.example";
const ORIGIN = "https://app.example";

let house: CheckoutGateway;
let key: SigningKey;
beforeAll(async () => {
  key = await newSigningKey("key-1");
  house = await startCheckoutGateway({
    TOLLGATE_ORIGINS: ORIGIN,
    TOLLGATE_AUTH_ISSUER: ISSUER,
    TOLLGATE_AUTH_JWKS: dataUrl([key]),
    TOLLGATE_AUTH_AUDIENCE: "shop",
  });
});
afterAll(async () => {
  await house.close();
});

async function tokenOf(sub: string): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const times = { iat: nowSeconds, exp: nowSeconds + 600 };
  return await signToken(key, { iss: ISSUER, sub, aud: "shop", ...times });
}

async function ask(path: string, sub: string, body: object) {
  const response = await fetch(`${house.gateway.url}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await tokenOf(sub)}`,
      accept: "application/json",
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("K1 a signed-in owner gets the address as JSON, with what renewals need on the session", async () => {
  const answer = await ask("/checkout", "ann", {
    plan: "professional",
    interval: "year",
    seats: 3,
  });
  expect(answer.status).toBe(200);
  const sessionId = String(answer.body["sessionId"]);
  const session = await house.sandbox.stripe.checkout.sessions.retrieve(sessionId, {
    expand: ["line_items"],
  });
  const planId = await house.gateway.run("plans:open", { ownerId: "ann" });
  expect(session).toMatchObject({
    url: answer.body["url"],
    client_reference_id: planId,
    metadata: { planId },
    mode: "subscription",
  });
  expect(session.line_items?.data[0]).toMatchObject({ quantity: 3 });
});

test("K1 plans:upgrade and plans:portal work for the signed-in owner and for nobody else", async () => {
  const call = async (path: string, args: object, headers: Record<string, string>) => {
    const response = await fetch(`${house.gateway.url}/api/action`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ path, args, format: "json" }),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const signedIn = { authorization: `Bearer ${await tokenOf("bea")}` };
  const upgrade = { lookupKey: "enterprise_monthly" };
  expect(await call("plans:upgrade", upgrade, {})).toMatchObject({
    errorData: { code: "not_signed_in" },
  });
  expect(await call("plans:portal", {}, signedIn)).toMatchObject({
    errorData: { code: "customer_not_found" },
  });
  expect(await call("plans:upgrade", upgrade, signedIn)).toMatchObject({
    status: "success",
    value: { url: expect.stringContaining("/checkout/cs_test_") },
  });
  expect(await call("plans:portal", {}, signedIn)).toMatchObject({
    status: "success",
    value: { url: expect.stringContaining("/portal/") },
  });
});

test("K4 buyers are sent back to configured origins only", async () => {
  const plan = "professional";
  const good = { plan, returnUrl: `${ORIGIN}/done`, cancelUrl: `${ORIGIN}/pricing` };
  expect((await ask("/checkout", "carl", good)).status).toBe(200);
  for (const returnUrl of [
    "https://evil.example/",
    `${ORIGIN}.evil.example/`,
    "javascript:0",
    "",
  ]) {
    const refused = await ask("/checkout", "carl", { plan, returnUrl });
    expect(refused).toMatchObject({ status: 400, body: { code: "origin_not_allowed" } });
  }
  const portal = await ask("/portal", "carl", { returnUrl: "https://evil.example/" });
  expect(portal.body).toMatchObject({ code: "origin_not_allowed" });
});

test("K4 a price that Stripe does not have is refused", async () => {
  const answer = await ask("/checkout", "dora", { lookupKey: "enterprise_yearly" });
  expect(answer).toMatchObject({ status: 404, body: { code: "price_not_found" } });
});

test("K4 without a key, and with a Stripe that is down, there is a clear page and nothing half done", async () => {
  for (const [environment, code] of [
    [{}, "stripe_key_missing"],
    [
      {
        STRIPE_SECRET_KEY: "sk_test_0123456789abcdefghij",
        STRIPE_API_URL: "http://127.0.0.1:9",
      },
      "stripe_unavailable",
    ],
  ] as const) {
    const gateway = await startGatewayProcess(await temporaryDirectory(), {
      TOLLGATE_LINK_SECRET: LINK_SECRET,
      ...environment,
    });
    for (let attempt = 0; attempt < 2; attempt++) {
      const response = await fetch(`${gateway.url}/checkout`, {
        method: "POST",
        body: new URLSearchParams({ link: house.link("emil") }),
        redirect: "manual",
      });
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).not.toBeNull();
      expect(await response.text()).toContain(code);
    }
    const planId = await gateway.run("plans:open", { ownerId: "emil" });
    expect(await gateway.run("plans:get", { planId })).toMatchObject({ planType: "free" });
    await gateway.kill();
  }
});

test("K7 whoever asks too often gets a page, when to ask again, and no session", async () => {
  const link = house.link("nora");
  const ask = (accept: string) =>
    fetch(`${house.gateway.url}/checkout`, {
      method: "POST",
      headers: { accept },
      body: new URLSearchParams({ link }),
      redirect: "manual",
    });
  for (let count = 0; count < MAX_ASKED; count++) {
    expect((await ask("text/html")).status).toBe(303);
  }
  const page = await ask("text/html");
  expect(page.status).toBe(429);
  expect(page.headers.get("retry-after")).toBe("600");
  expect(page.headers.get("location")).toBeNull();
  const text = await page.text();
  expect(text).toContain("too_many_requests");
  expect(text).toContain("Your plan is unchanged.");
  const json = await ask("application/json");
  expect(json.status).toBe(429);
  expect(json.headers.get("retry-after")).toBe("600");
  expect(await json.json()).toMatchObject({ code: "too_many_requests" });
  expect(await house.post("/checkout", { link: house.link("olga") })).toMatchObject({
    status: 303,
  });
});

test("K3 a page of the checkout runs and looks by files of the gateway alone, and they are there", async () => {
  const response = await fetch(`${house.gateway.url}/checkout/return`);
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  const text = await response.text();
  expect(text).not.toMatch(/<style|<script(?! src=)|\son\w+=/);
  const named = [...text.matchAll(/(?:src|href)="(\/[^"]+\.\w+)"/g)].map(([, path]) => path);
  for (const [path, type] of [
    ["/checkout/page.css", "text/css"],
    ["/checkout/return.js", "text/javascript"],
  ]) {
    const file = await fetch(`${house.gateway.url}${path}`);
    expect([file.status, file.headers.get("content-type")]).toEqual([
      200,
      `${type}; charset=utf-8`,
    ]);
  }
  expect(named).toContain("/checkout/page.css");
});

test("K4 a form whose length is not announced is read, and one that is too long is refused", async () => {
  const post = async (path: string, body: string) =>
    await fetch(`${house.gateway.url}${path}`, {
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        authorization: `Bearer ${await tokenOf("chunked")}`,
      },
      body: new Blob([body]).stream(),
      duplex: "half",
    } as RequestInit);
  for (const path of ["/checkout", "/portal"]) {
    const read = await post(path, JSON.stringify({ plan: "no such plan" }));
    expect([400, 404]).toContain(read.status);
    expect(await read.json()).not.toMatchObject({ code: "request_invalid" });
    const long = await post(path, JSON.stringify({ plan: "x".repeat(20_000) }));
    expect(long.status).toBe(400);
    expect(await long.json()).toMatchObject({ code: "request_invalid" });
  }
});

test("K5 the application's own return address gets the session's id", async () => {
  for (const [returnUrl, expected] of [
    [`${ORIGIN}/done/{CHECKOUT_SESSION_ID}`, `${ORIGIN}/done/SESSION`],
    [`${ORIGIN}/done?of={CHECKOUT_SESSION_ID}&x={y}`, `${ORIGIN}/done?of=SESSION&x={y}`],
  ] as const) {
    const sold = await ask("/checkout", "placeholder", { plan: "professional", returnUrl });
    const paid = await house.sandbox.stripe.checkout.sessions.retrieve(
      String(sold.body["sessionId"]),
    );
    expect(paid.success_url?.replace("{CHECKOUT_SESSION_ID}", "SESSION")).toBe(expected);
  }
});

test("K5 the return page leads back to where the owner came from, at configured origins only", async () => {
  const link = house.link("back");
  const page = await fetch(`${house.gateway.url}/checkout?link=${link}`, {
    headers: { referer: `${ORIGIN}/pricing?a=1&b=2` },
  });
  expect(page.headers.get("referrer-policy")).toBe("same-origin");
  const cancelUrl = /name="cancelUrl" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
  expect(cancelUrl).toBe(`${ORIGIN}/pricing?a=1&amp;b=2`);
  const posted = await house.post("/checkout", { link, cancelUrl: `${ORIGIN}/pricing?a=1&b=2` });
  const sessionId = new URL(posted.location).pathname.split("/").at(-1) ?? "";
  const session = await house.sandbox.stripe.checkout.sessions.retrieve(sessionId);
  expect(session.cancel_url).toBe(`${ORIGIN}/pricing?a=1&b=2`);
  const address = String(session.success_url).replace("{CHECKOUT_SESSION_ID}", sessionId);
  const back = await (await fetch(address)).text();
  expect(back).toContain(`<a href="${ORIGIN}/pricing?a=1&amp;b=2">Back to app.example</a>`);
  for (const evil of [
    "https://evil.example/",
    "javascript:alert(1)",
    "https://app.example@evil.example/",
  ]) {
    const query = new URLSearchParams({ back: evil });
    const text = await (await fetch(`${house.gateway.url}/checkout/return?${query}`)).text();
    expect(text).not.toMatch(/evil|javascript:/);
    expect(text).toContain(`<a href="${ORIGIN}/">`);
  }
});

test("K4 a form from a page of another origin is refused, and those of our own and of servers are not", async () => {
  const post = async (origin: string | null, path: string) => {
    const response = await fetch(`${house.gateway.url}${path}`, {
      method: "POST",
      headers: origin === null ? {} : { origin },
      body: new URLSearchParams({ link: house.link("origin") }),
      redirect: "manual",
    });
    expect(response.headers.get("cache-control")).toBe("no-store");
    return { status: response.status, text: await response.text() };
  };
  for (const path of ["/checkout", "/portal"]) {
    for (const origin of ["https://evil.example", "null", `${ORIGIN}.evil.example`]) {
      const refused = await post(origin, path);
      expect(refused).toMatchObject({
        status: 400,
        text: expect.stringContaining("origin_not_allowed"),
      });
    }
    for (const origin of [null, ORIGIN, house.gateway.url]) {
      expect((await post(origin, path)).status).toBe(303);
    }
  }
});

test("K3 K4 a view token opens no other door, and an edited or expired one shows nothing", async () => {
  const posted = await house.post("/checkout", { link: house.link("viewer") });
  const token = posted.cookie.replace("tollgate_view=", "");
  const sessionId = new URL(posted.location).pathname.split("/").at(-1) ?? "";
  expect(await house.returned(sessionId, posted.cookie)).toContain("We are waiting");
  const progress = async (args: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${house.gateway.url}/api/query`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ path: "plans:checkoutProgress", args, format: "json" }),
    });
    return ((await response.json()) as { value: unknown }).value;
  };
  const waiting = { state: "waiting", planType: "free" };
  const signedIn = async (owner: string) => ({ authorization: `Bearer ${await tokenOf(owner)}` });
  expect(await progress({ sessionId, view: token })).toEqual(waiting);
  expect(await progress({ sessionId }, await signedIn("viewer"))).toEqual(waiting);
  for (const nobody of [
    await progress({ sessionId }),
    await progress({ sessionId }, await signedIn("somebody else")),
    await progress({ sessionId, view: `${token}0` }),
    await progress({ sessionId, view: house.link("viewer") }),
    await progress({ sessionId: "cs_test_unknown", view: token }),
  ]) {
    expect(nobody).toBeNull();
  }
  for (const path of ["/checkout", "/portal"]) {
    expect((await house.post(path, { link: token })).text).toContain("link_invalid");
    for (const headers of [
      { cookie: posted.cookie },
      { authorization: `Bearer ${token}` },
    ] as Record<string, string>[]) {
      const response = await fetch(`${house.gateway.url}${path}`, {
        method: "POST",
        headers,
        body: new URLSearchParams({ plan: "professional" }),
        redirect: "manual",
      });
      expect([400, 401]).toContain(response.status);
    }
  }
  const api = await fetch(`${house.gateway.url}/api/action`, {
    method: "POST",
    headers: { "content-type": "application/json", cookie: posted.cookie },
    body: JSON.stringify({ path: "plans:portal", args: {}, format: "json" }),
  });
  expect(await api.json()).toMatchObject({ errorData: { code: "not_signed_in" } });
  const nothing = await house.returned("cs_test_unknown", null);
  const expired = signOwnerToken(
    "view",
    { ownerId: "viewer", plan: "", interval: "", expiresAtSeconds: 1 },
    LINK_SECRET,
  );
  for (const cookie of [`${posted.cookie}0`, `tollgate_view=${expired}`, "tollgate_view=1.W10.0"]) {
    expect(await house.returned(sessionId, cookie)).toBe(nothing);
  }
});
