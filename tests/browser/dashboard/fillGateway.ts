import { signDelivery } from "../../../src/stripe/signDelivery.ts";
import {
  charge,
  checkoutSession,
  invoice,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../../fixtures/stripe.ts";

export interface FilledGateway {
  url: string;
  adminKey: string;
  signingSecret: string;
}

/** Gives a gateway something to show: plans, events of most states, and changes. */
export async function fillGateway({ url, adminKey, signingSecret }: FilledGateway): Promise<void> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const deliver = async (type: string, object: object, ageSeconds = 1): Promise<void> => {
    const created = nowSeconds - ageSeconds;
    const body = JSON.stringify(stripeEvent(type, { ...object }, { created }));
    const signature = signDelivery({ body, secret: signingSecret, timestampSeconds: nowSeconds });
    const answer = await fetch(`${url}/stripe/webhook`, {
      method: "POST",
      headers: { "stripe-signature": signature },
      body,
    });
    await answer.body?.cancel();
  };
  const professional = price({ lookup_key: "professional_monthly" });
  for (const [number, ownerId] of ["ann", "bob", "carol", "dora", "emil", "fay"].entries()) {
    const planId = await openPlan(url, adminKey, ownerId);
    if (number < 2) {
      await deliver(
        "checkout.session.completed",
        checkoutSession({
          id: `cs_shown${number}`,
          client_reference_id: planId,
          payment_intent: `pi_shown${number}`,
        }),
        40,
      );
    } else if (number < 5) {
      const object = subscription({
        id: `sub_shown0000${number}`,
        customer: `cus_shown0000${number}`,
        metadata: { planId },
        items: listOf([{ ...subscriptionItem({ price: professional }), quantity: number }]),
      });
      await deliver("customer.subscription.created", object, 30);
      await deliver("invoice.paid", invoice({ customer: `cus_shown0000${number}` }), 20);
      if (number === 4) {
        await deliver("customer.subscription.deleted", { ...object, status: "canceled" }, 5);
      }
    }
  }
  await deliver("customer.subscription.updated", {
    id: "sub_unreadable00",
    object: "subscription",
  });
  await deliver("payout.paid", { id: "po_shown000001", object: "payout" });
  await deliver("charge.refunded", charge({ customer: "cus_unknown0001" }));
}

async function openPlan(url: string, adminKey: string, ownerId: string): Promise<unknown> {
  const answer = await fetch(`${url}/api/function`, {
    method: "POST",
    headers: { authorization: `Convex ${adminKey}` },
    body: JSON.stringify({ path: "plans:open", args: { ownerId } }),
  });
  return ((await answer.json()) as { value: unknown }).value;
}
