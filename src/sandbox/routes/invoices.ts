import { z } from "zod";
import { page } from "../api/page.ts";
import { flag, inRange, mergeMetadata, metadata, paging, range, text } from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { collectInvoice, invoiceSettled } from "../billing/collectInvoice.ts";
import {
  finalizeInvoice,
  markPaid,
  markUncollectible,
  paymentOf,
  voidInvoice,
} from "../billing/invoices.ts";
import { paymentMethodOf } from "../payments/paymentMethods.ts";
import { invalidRequest } from "../StripeError.ts";
import { cardError } from "./paymentIntents.ts";

const nothing = z.strictObject({});

/** `/v1/invoices` and `/v1/invoice_payments`. Invoices come from subscriptions only. */
export const invoiceRoutes: readonly Route[] = [
  route(
    "GET",
    "/v1/invoices",
    z.strictObject({
      ...paging,
      customer: text.optional(),
      subscription: text.optional(),
      status: z.enum(["draft", "open", "paid", "uncollectible", "void"]).optional(),
      created: range.optional(),
    }),
    (world, { customer, subscription, status, created, ...paged }) =>
      page(
        "/v1/invoices",
        world.store.all("invoices").filter((invoice) => {
          const billed = invoice.parent?.subscription_details?.subscription;
          return (
            (customer ?? invoice.customer) === invoice.customer &&
            (subscription ?? billed) === billed &&
            (status ?? invoice.status) === invoice.status &&
            inRange(invoice.created, created)
          );
        }),
        paged,
      ),
  ),

  route("GET", "/v1/invoices/:id", nothing, (world, _given, { id }) =>
    world.find("invoices", id, "invoice"),
  ),

  route(
    "POST",
    "/v1/invoices/:id",
    z.strictObject({ metadata: metadata.optional(), auto_advance: flag.optional() }),
    (world, given, { id }) => {
      const invoice = world.find("invoices", id, "invoice");
      const patch = {
        metadata: mergeMetadata(invoice.metadata ?? {}, given.metadata),
        auto_advance: given.auto_advance ?? invoice.auto_advance ?? false,
      };
      return world.update("invoices", id, patch, "invoice.updated");
    },
  ),

  route("GET", "/v1/invoices/:id/lines", z.strictObject(paging), (world, paged, { id }) =>
    page(
      `/v1/invoices/${id}/lines`,
      world.find("invoices", id, "invoice").lines.data.toReversed(),
      paged,
    ),
  ),

  route(
    "POST",
    "/v1/invoices/:id/finalize",
    z.strictObject({ auto_advance: flag.optional() }),
    (world, _given, { id }) => finalizeInvoice(world, id),
  ),

  route(
    "POST",
    "/v1/invoices/:id/pay",
    z.strictObject({ payment_method: text.optional(), paid_out_of_band: flag.optional() }),
    (world, given, { id, origin }) => {
      const invoice = world.find("invoices", id, "invoice");
      if (invoice.status === "draft") {
        finalizeInvoice(world, id);
      } else if (invoice.status !== "open" && invoice.status !== "uncollectible") {
        throw invalidRequest(`Invoice is already ${invoice.status}.`, {
          ...(invoice.status === "paid" && { code: "invoice_already_paid" }),
        });
      }
      if (world.must("invoices", id).status === "paid") {
        return world.must("invoices", id);
      }
      if (given.paid_out_of_band === true) {
        markPaid(world, id, true);
        invoiceSettled(world, id);
        return world.must("invoices", id);
      }
      const methodId =
        given.payment_method === undefined
          ? null
          : paymentMethodOf(world, given.payment_method, "payment_method").id;
      const collected = collectInvoice(world, id, { isPresent: true, methodId, origin });
      const intentId = paymentOf(world, id).payment.payment_intent ?? "";
      const intent = world.must("paymentIntents", intentId);
      if (collected.status !== "paid" && intent.status !== "processing") {
        throw cardError(intent);
      }
      return collected;
    },
  ),

  route("POST", "/v1/invoices/:id/void", nothing, (world, _given, { id }) => {
    const invoice = voidInvoice(world, id);
    invoiceSettled(world, id);
    return invoice;
  }),

  route("POST", "/v1/invoices/:id/mark_uncollectible", nothing, (world, _given, { id }) => {
    const invoice = markUncollectible(world, id);
    invoiceSettled(world, id);
    return invoice;
  }),

  route(
    "GET",
    "/v1/invoice_payments",
    z.strictObject({
      ...paging,
      invoice: text.optional(),
      payment: z
        .strictObject({ type: z.enum(["payment_intent"]), payment_intent: text })
        .optional(),
      status: z.enum(["canceled", "open", "paid"]).optional(),
    }),
    (world, { invoice, payment, status, ...paged }) =>
      page(
        "/v1/invoice_payments",
        world.store
          .all("invoicePayments")
          .filter(
            (known) =>
              (invoice ?? known.invoice) === known.invoice &&
              (payment?.payment_intent ?? known.payment.payment_intent) ===
                known.payment.payment_intent &&
              (status ?? known.status) === known.status,
          ),
        paged,
      ),
  ),

  route("GET", "/v1/invoice_payments/:id", nothing, (world, _given, { id }) =>
    world.find("invoicePayments", id, "invoice_payment"),
  ),
];
