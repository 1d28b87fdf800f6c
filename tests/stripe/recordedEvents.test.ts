import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { NotAnEventError, readEvent, type StripeEvent } from "../../src/stripe/event.ts";
import { readCharge } from "../../src/stripe/readers/charge.ts";
import { readCheckoutSession } from "../../src/stripe/readers/checkoutSession.ts";
import { readCustomer } from "../../src/stripe/readers/customer.ts";
import { readInvoice } from "../../src/stripe/readers/invoice.ts";
import { readLinks } from "../../src/stripe/readers/links.ts";
import { readSubscription } from "../../src/stripe/readers/subscription.ts";
import { UnreadableObjectError } from "../../src/stripe/readers/UnreadableObjectError.ts";

const FOLDER = new URL("../../../shared/events/", import.meta.url);

const READERS: Record<string, (object: Record<string, unknown>) => unknown> = {
  charge: readCharge,
  "checkout.session": readCheckoutSession,
  customer: readCustomer,
  invoice: readInvoice,
  subscription: readSubscription,
};

describe.skipIf(!existsSync(FOLDER))(
  "events recorded by other projects (skipped where ../shared/events is absent: it is not shipped)",
  () => {
    test("are read as events, but for one without an envelope", () => {
      const { refusals } = readAll();
      expect(refusals).toEqual({
        "account.updated--ruby-mock--2.json": "other_object",
      });
    });

    test("give a snapshot, but for subscriptions of 2013, which had no id", () => {
      const read: Record<string, number> = {};
      const unreadable: Record<string, string> = {};
      for (const [name, { object, objectType }] of Object.entries(readAll().events)) {
        const reader = READERS[objectType ?? ""];
        if (objectType === null || reader === undefined) {
          continue;
        }
        try {
          reader(object);
          read[objectType] = (read[objectType] ?? 0) + 1;
        } catch (error) {
          if (!(error instanceof UnreadableObjectError)) {
            throw error;
          }
          unreadable[name] = error.field;
        }
      }
      expect(read).toEqual({
        charge: 63,
        "checkout.session": 4,
        customer: 42,
        invoice: 64,
        subscription: 55,
      });
      expect(unreadable).toEqual({
        "customer.subscription.created--stripe-tester--2.json": "subscription.id",
        "customer.subscription.deleted--stripe-tester--2.json": "subscription.id",
        "customer.subscription.trial_will_end--stripe-tester--2.json": "subscription.id",
        "customer.subscription.updated--stripe-tester--2.json": "subscription.id",
      });
    });

    test("tell of each subscription what was bought, until when, and whether that is all", () => {
      const untold = Object.entries(readAll().events)
        .filter(([, { object, objectType }]) => objectType === "subscription" && "id" in object)
        .map(([name, { object }]) => ({ name, ...readSubscription(object) }))
        .filter(({ itemsComplete, items }) =>
          itemsComplete
            ? !items.every((item) => item.priceId && item.currentPeriodEndSeconds)
            : items.length === 0,
        )
        .map(({ name }) => name);
      // Its items are a bare array, which Stripe never sends: read as "not all there".
      expect(untold).toEqual(["customer.subscription.created--ruby-mock--1.json"]);
    });

    test("read as paid wherever the event says that an invoice was paid", () => {
      const statuses = Object.values(readAll().events)
        .filter(({ type }) => type === "invoice.paid" || type === "invoice.payment_succeeded")
        .filter(({ objectType }) => objectType === "invoice")
        .map(({ object }) => readInvoice(object).status);
      expect(new Set(statuses)).toEqual(new Set(["paid"]));
    });

    test("link every object that a plan depends on to its customer", () => {
      const unlinked = Object.entries(readAll().events)
        .filter(([, { objectType }]) => ["customer", "subscription"].includes(objectType ?? ""))
        .filter(([, event]) => readLinks(event).customerId === null)
        .map(([name]) => name);
      expect(unlinked).toEqual([]);
    });
  },
);

function readAll(): { events: Record<string, StripeEvent>; refusals: Record<string, string> } {
  const events: Record<string, StripeEvent> = {};
  const refusals: Record<string, string> = {};
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".json"))) {
    try {
      events[name] = readEvent(readFileSync(new URL(name, FOLDER), "utf8"));
    } catch (error) {
      if (!(error instanceof NotAnEventError)) {
        throw error;
      }
      refusals[name] = error.reason;
    }
  }
  return { events, refusals };
}
