import { z } from "zod";
import { page } from "../api/page.ts";
import { inRange, paging, range, text } from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { createSession } from "../checkout/createSession.ts";
import { expireSession } from "../checkout/expireSession.ts";
import { sessionCreation } from "../checkout/sessionParameters.ts";
import { invalidRequest } from "../StripeError.ts";

/** `/v1/checkout/sessions`, with hosted pages only. */
export const checkoutSessionRoutes: readonly Route[] = [
  route("POST", "/v1/checkout/sessions", sessionCreation, (world, given, { origin }) =>
    createSession(world, given, origin),
  ),

  route(
    "GET",
    "/v1/checkout/sessions",
    z.strictObject({
      ...paging,
      customer: text.optional(),
      subscription: text.optional(),
      payment_intent: text.optional(),
      status: z.enum(["complete", "expired", "open"]).optional(),
      created: range.optional(),
    }),
    (world, { customer, subscription, payment_intent, status, created, ...paged }) =>
      page(
        "/v1/checkout/sessions",
        world.store
          .all("sessions")
          .filter(
            (session) =>
              (customer ?? session.customer) === session.customer &&
              (subscription ?? session.subscription) === session.subscription &&
              (payment_intent ?? session.payment_intent) === session.payment_intent &&
              (status ?? session.status) === session.status &&
              inRange(session.created, created),
          ),
        paged,
      ),
  ),

  route("GET", "/v1/checkout/sessions/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("sessions", id, "checkout.session"),
  ),

  route(
    "GET",
    "/v1/checkout/sessions/:id/line_items",
    z.strictObject(paging),
    (world, paged, { id }) => {
      world.find("sessions", id, "checkout.session");
      const items = world.must("sessionDetails", id).lineItems.toReversed();
      return page(`/v1/checkout/sessions/${id}/line_items`, items, paged);
    },
  ),

  route("POST", "/v1/checkout/sessions/:id/expire", z.strictObject({}), (world, _given, { id }) => {
    const session = world.find("sessions", id, "checkout.session");
    if (session.status !== "open") {
      throw invalidRequest(
        `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
      );
    }
    return expireSession(world, session);
  }),
];
