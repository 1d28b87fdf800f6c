import type { InvoiceLine, Subscription } from "../entities.ts";
import { newInvoiceLine } from "../formatters/newInvoice.ts";
import type { World } from "../state/World.ts";
import { collectInvoice, type Payer } from "./collectInvoice.ts";
import { createInvoice, finalizeInvoice } from "./invoices.ts";

/** Bills `lines` and the whole present period, or `lines` alone, at once. */
export function invoiceNow(
  world: World,
  subscription: Subscription,
  lines: InvoiceLine[],
  withPeriod: boolean,
  payer: Payer,
): Subscription {
  const id = world.newId("in");
  const latest = { latest_invoice: id };
  const told = world.update(
    "subscriptions",
    subscription.id,
    latest,
    "customer.subscription.updated",
  );
  const period = withPeriod ? periodLines(world, told, id) : [];
  createInvoice(world, told, {
    id,
    reason: "subscription_update",
    lines: [...lines.map((line) => ({ ...line, invoice: id })), ...period],
    discounts: told.discounts,
    period: { startSeconds: world.nowSeconds(), endSeconds: world.nowSeconds() },
    finalizesAtSeconds: null,
  });
  if (finalizeInvoice(world, id).status === "open") {
    collectInvoice(world, id, payer);
  }
  return world.must("subscriptions", subscription.id);
}

function periodLines(world: World, subscription: Subscription, invoice: string): InvoiceLine[] {
  return subscription.items.data.map((item) =>
    newInvoiceLine({
      id: world.newId("il"),
      invoice,
      amount: (item.price.unit_amount ?? 0) * (item.quantity ?? 1),
      description: `${item.quantity} × ${item.price.id}`,
      price: item.price,
      quantity: item.quantity ?? 1,
      period: {
        startSeconds: item.current_period_start,
        endSeconds: item.current_period_end,
      },
      subscription,
      subscriptionItem: item.id,
      isProration: false,
    }),
  );
}
