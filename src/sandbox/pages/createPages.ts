import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Transact } from "../api/createApi.ts";
import { readBody } from "../api/readBody.ts";
import { enteredPromotionCode } from "../billing/discounts.ts";
import { authenticate, authenticatingIntent } from "../checkout/authenticate.ts";
import { changeQuantity } from "../checkout/changeQuantity.ts";
import { needsMethod, type PaymentStep, payForSession } from "../checkout/payForSession.ts";
import { sessionOfIntent } from "../checkout/paymentConcluded.ts";
import { repriceSession } from "../checkout/repriceSession.ts";
import type { Deliverer } from "../delivery/Deliverer.ts";
import type { CheckoutSession } from "../entities.ts";
import { SANDBOX_LIMITS } from "../limits.ts";
import { testMethodOf } from "../payments/testMethods.ts";
import { invalidRequest, StripeError } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { authenticatePage } from "./authenticatePage.ts";
import { checkoutPage, successUrl } from "./checkoutPage.ts";
import { type Html, layout } from "./layout.ts";
import { portalAction } from "./portalAction.ts";
import { portalPage } from "./portalPage.ts";
import { STYLES } from "./styles.ts";

/** No script at all, and nothing from anywhere else. */
const HEADERS = {
  "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** What a form leads to: another address, or a page with a status. */
type Answer = { redirect: string; session?: CheckoutSession } | { page: Html; status: number };

/** The hosted pages: checkout, 3-D Secure and the customer portal. */
export function createPages(transact: Transact, deliverer: Deliverer): Hono {
  const app = new Hono();
  app.onError((error, c) => {
    const text = html`<p role="alert">Something went wrong in the sandbox: ${error.message}</p>`;
    return c.html(layout("This did not work", text), 500, HEADERS);
  });

  /** Runs one step of a page; a refusal becomes a page of its own. */
  async function answer(
    c: Context,
    body: (world: World, form: URLSearchParams) => Answer,
  ): Promise<Response> {
    try {
      const form = new URLSearchParams(await readBody(c.req.raw));
      const given = await transact((world) => body(world, form));
      if ("redirect" in given) {
        await waitForEvents(given.session);
        return c.redirect(given.redirect, 303);
      }
      return c.html(given.page, given.status as ContentfulStatusCode, HEADERS);
    } catch (error) {
      if (!(error instanceof StripeError)) {
        throw error;
      }
      const page = layout("This did not work", html`<p role="alert">${error.message}</p>`);
      return c.html(page, error.status as ContentfulStatusCode, HEADERS);
    }
  }

  /** As at Stripe, the buyer returns when the shop has heard of it, or after ten seconds. */
  async function waitForEvents(session: CheckoutSession | undefined): Promise<void> {
    if (session === undefined) {
      return;
    }
    const ids = await transact((world) =>
      world.store
        .all("events")
        .filter(({ data, type }) => {
          const { id } = data.object as { id?: string };
          return type === "checkout.session.completed" && id === session.id;
        })
        .map(({ id }) => id),
    );
    await deliverer.triedOnce(ids, SANDBOX_LIMITS.redirectWaitMs);
  }

  app.get("/pages.css", (c) => c.body(STYLES, 200, { "Content-Type": "text/css; charset=utf-8" }));

  app.get("/checkout/:id", (c) =>
    answer(c, (world) => showSession(world, findSession(world, c.req.param("id")))),
  );

  app.post("/checkout/:id", (c) =>
    answer(c, (world, form) => {
      const session = findSession(world, c.req.param("id"));
      return session.status === "open"
        ? pay(world, session, form, originOf(c))
        : showSession(world, session);
    }),
  );

  app.post("/checkout/:id/promotion_code", (c) =>
    answer(c, (world, form) => {
      const session = findSession(world, c.req.param("id"));
      return applyCode(world, session, form.get("promotion_code") ?? "");
    }),
  );

  app.post("/checkout/:id/quantity", (c) =>
    answer(c, (world, form) => changeOrder(world, findSession(world, c.req.param("id")), form)),
  );

  app.get("/authenticate/:id", (c) =>
    answer(c, (world) => {
      const intent = authenticatingIntent(world, c.req.param("id"));
      return intent === undefined
        ? nothingToApprove()
        : { page: authenticatePage(intent.id), status: 200 };
    }),
  );

  app.post("/authenticate/:id", (c) =>
    answer(c, (world, form) => {
      const intent = authenticatingIntent(world, c.req.param("id"));
      return intent === undefined
        ? nothingToApprove()
        : afterAuthentication(world, intent, form.get("answer") === "approve");
    }),
  );

  app.get("/portal/:id", (c) =>
    answer(c, (world) => ({
      page: portalPage(world, world.find("portalSessions", c.req.param("id"), "portal session")),
      status: 200,
    })),
  );

  app.post("/portal/:id", (c) =>
    answer(c, (world, form) => {
      const session = world.find("portalSessions", c.req.param("id"), "portal session");
      const message = portalAction(world, session, form, originOf(c));
      return message === null
        ? { redirect: `/portal/${session.id}` }
        : { page: portalPage(world, session, message), status: 402 };
    }),
  );
  return app;
}

function findSession(world: World, id: string): CheckoutSession {
  return world.find("sessions", id, "checkout.session");
}

function showSession(world: World, session: CheckoutSession): Answer {
  return { page: checkoutPage(world, session), status: session.status === "expired" ? 410 : 200 };
}

function pay(
  world: World,
  session: CheckoutSession,
  form: URLSearchParams,
  origin: string,
): Answer {
  const method = testMethodOf(form.get("method") ?? "") ?? null;
  const email = form.get("email") || null;
  if (needsMethod(world, session) && method === null) {
    return refusedPage(world, session, "Choose how to pay: only test numbers work here.");
  }
  if (method !== null && !session.payment_method_types.includes(method.type)) {
    return refusedPage(world, session, "The shop does not take this way to pay.");
  }
  if (session.customer === null && session.customer_email === null && email === null) {
    return refusedPage(world, session, "Enter your email address.");
  }
  if (session.customer !== null && world.store.get("customers", session.customer) === undefined) {
    return refusedPage(world, session, "The shop no longer knows this customer.");
  }
  const name = form.get("name") || null;
  const asked = needsMethod(world, session) ? method : null;
  return afterStep(
    world,
    session,
    payForSession(world, session.id, { method: asked, email, name, origin }),
  );
}

function afterStep(world: World, { id }: CheckoutSession, step: PaymentStep): Answer {
  switch (step.step) {
    case "completed":
      return { redirect: successUrl(step.session), session: step.session };
    case "authenticate":
      return { redirect: step.url };
    case "refused":
      return refusedPage(world, world.must("sessions", id), step.message);
  }
}

function afterAuthentication(
  world: World,
  intent: NonNullable<ReturnType<typeof authenticatingIntent>>,
  isApproved: boolean,
): Answer {
  const session = sessionOfIntent(world, intent.id);
  const returnUrl = intent.next_action?.redirect_to_url?.return_url ?? null;
  const step = authenticate(world, intent, isApproved);
  if (step !== null && session !== undefined) {
    return afterStep(world, session, step);
  }
  if (returnUrl !== null) {
    return { redirect: returnUrl };
  }
  const text = isApproved ? "The payment is approved." : "The payment is declined.";
  return { page: layout("Thank you", html`<p>${text} You can close this page.</p>`), status: 200 };
}

function applyCode(world: World, session: CheckoutSession, code: string): Answer {
  if (session.status !== "open" || session.allow_promotion_codes !== true) {
    throw invalidRequest("This checkout takes no promotion codes.");
  }
  let chosen: ReturnType<typeof enteredPromotionCode>;
  try {
    chosen = enteredPromotionCode(world, code.trim());
  } catch (error) {
    if (error instanceof StripeError) {
      return refusedPage(world, session, "This promotion code is not valid.");
    }
    throw error;
  }
  const { lineItems } = world.must("sessionDetails", session.id);
  const discounts = [{ coupon: null, promotion_code: chosen.promotionCode }];
  return showSession(world, repriceSession(world, session, { lineItems, discounts }));
}

function changeOrder(world: World, session: CheckoutSession, form: URLSearchParams): Answer {
  if (session.status !== "open") {
    return showSession(world, session);
  }
  const asked = { itemId: form.get("item") ?? "", quantity: form.get("quantity") ?? "" };
  const problem = changeQuantity(world, session, asked);
  return problem === null
    ? showSession(world, world.must("sessions", session.id))
    : refusedPage(world, session, problem);
}

function refusedPage(world: World, session: CheckoutSession, message: string): Answer {
  return { page: checkoutPage(world, session, message), status: 402 };
}

function nothingToApprove(): Answer {
  const text = html`<p>There is no payment here that waits for you.</p>`;
  return { page: layout("Nothing to approve", text), status: 404 };
}

function originOf(c: Context): string {
  return new URL(c.req.url).origin;
}
