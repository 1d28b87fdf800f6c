import { z } from "zod";
import { page } from "../api/page.ts";
import {
  amount,
  flag,
  inRange,
  mergeMetadata,
  metadata,
  paging,
  range,
  text,
} from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { createRefund } from "../payments/refunds.ts";
import { invalidRequest } from "../StripeError.ts";

/** A dispute that was answered is decided after this long. */
const REVIEW_SECONDS = 24 * 3_600;

const byPayment = { charge: text.optional(), payment_intent: text.optional() };

/** `/v1/charges`, `/v1/refunds` and `/v1/disputes`. */
export const chargeRoutes: readonly Route[] = [
  route(
    "GET",
    "/v1/charges",
    z.strictObject({
      ...paging,
      customer: text.optional(),
      payment_intent: text.optional(),
      created: range.optional(),
    }),
    (world, { customer, payment_intent, created, ...paged }) =>
      page(
        "/v1/charges",
        world.store
          .all("charges")
          .filter(
            (charge) =>
              (customer ?? charge.customer) === charge.customer &&
              (payment_intent ?? charge.payment_intent) === charge.payment_intent &&
              inRange(charge.created, created),
          ),
        paged,
      ),
  ),

  route("GET", "/v1/charges/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("charges", id, "charge"),
  ),

  route(
    "POST",
    "/v1/refunds",
    z.strictObject({
      ...byPayment,
      amount: amount.optional(),
      reason: z.enum(["duplicate", "fraudulent", "requested_by_customer"]).optional(),
      metadata: metadata.optional(),
    }),
    (world, given) => {
      const intent =
        given.payment_intent &&
        world.find("paymentIntents", given.payment_intent, "payment_intent", "payment_intent");
      const id = given.charge ?? (intent ? intent.latest_charge : null);
      if (id === null) {
        throw invalidRequest(
          "One of the following params should be provided: payment_intent, charge.",
          {
            code: "parameter_missing",
            param: "payment_intent",
          },
        );
      }
      return createRefund(world, world.find("charges", id, "charge", "charge"), {
        amount: given.amount ?? null,
        reason: given.reason ?? null,
        metadata: mergeMetadata({}, given.metadata),
      });
    },
  ),

  route("GET", "/v1/refunds", z.strictObject({ ...paging, ...byPayment }), (world, wanted) =>
    page(
      "/v1/refunds",
      world.store
        .all("refunds")
        .filter(
          (refund) =>
            (wanted.charge ?? refund.charge) === refund.charge &&
            (wanted.payment_intent ?? refund.payment_intent) === refund.payment_intent,
        ),
      wanted,
    ),
  ),

  route("GET", "/v1/refunds/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("refunds", id, "refund"),
  ),

  route("GET", "/v1/disputes", z.strictObject({ ...paging, ...byPayment }), (world, wanted) =>
    page(
      "/v1/disputes",
      world.store
        .all("disputes")
        .filter(
          (dispute) =>
            (wanted.charge ?? dispute.charge) === dispute.charge &&
            (wanted.payment_intent ?? dispute.payment_intent) === dispute.payment_intent,
        ),
      wanted,
    ),
  ),

  route("GET", "/v1/disputes/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("disputes", id, "dispute"),
  ),

  route(
    "POST",
    "/v1/disputes/:id",
    z.strictObject({
      evidence: z
        .strictObject({ uncategorized_text: z.enum(["winning_evidence", "losing_evidence"]) })
        .optional(),
      submit: flag.optional(),
      metadata: metadata.optional(),
    }),
    (world, given, { id }) => {
      const dispute = world.find("disputes", id, "dispute");
      if (dispute.status !== "needs_response") {
        throw invalidRequest("This dispute is already closed or under review.");
      }
      const isSubmitted = given.evidence !== undefined && given.submit !== false;
      if (isSubmitted) {
        world.schedule("dispute_closes", id, world.nowSeconds() + REVIEW_SECONDS);
      }
      return world.update(
        "disputes",
        id,
        {
          metadata: mergeMetadata(dispute.metadata, given.metadata),
          evidence: { ...dispute.evidence, ...given.evidence },
          status: isSubmitted ? "under_review" : "needs_response",
        },
        "charge.dispute.updated",
      );
    },
  ),
];
