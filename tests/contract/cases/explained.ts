import { expect } from "vitest";
import { eventsAbout, rowsAbout, type Subject } from "../../../src/cli/deployment/subjectData.ts";
import { audit, type FinishedAudit } from "../../../src/internal/audit/audit.ts";
import type { Deployment } from "../../../src/internal/audit/deployment.ts";
import { plansUnder } from "../../../src/internal/audit/plansUnder.ts";
import { parsePolicy } from "../../../src/internal/model/parsePolicy.ts";
import {
  checkoutSession,
  type JsonObject,
  listOf,
  price,
  subscriptionItem,
} from "../../fixtures/stripe.ts";
import { nowSeconds, openPlan, planOf, professional, rowOf, tell } from "../asking.ts";
import type { ContractCase } from "../ContractCase.ts";
import type { Place } from "../Place.ts";

const DAY_MS = 24 * 3_600 * 1_000;

const OTHER_JOB_NAMES = {
  "convex-test":
    "names scheduled functions otherwise than Convex, so timers look wrong to the audit",
} as const;

/** Run behind all others: what those have left is audited. */
export const EXPLAINED: readonly ContractCase[] = [
  {
    promises: ["X2"],
    what: "a plan is explained by any id that has to do with it",
    run: async (place) => {
      const planId = await openPlan(place, "explained");
      const object = professional(planId);
      const eventId = await tell(place, "customer.subscription.created", object);
      for (const of of [planId, "explained", eventId, object["id"], object["customer"]]) {
        expect(await place.run("plans:explain", { of })).toMatchObject({
          plan: { _id: planId, planType: "professional" },
          summary: expect.stringContaining(eventId),
        });
      }
    },
  },
  {
    promises: ["X3"],
    what: "the audit makes every table of all of this again from the ledger and finds nothing",
    skipped: OTHER_JOB_NAMES,
    run: async (place) => {
      const { report } = await audited(place);
      expect(report.findings).toEqual([]);
      expect(report.proofs.signature).toBeGreaterThan(30);
      expect(report.rows["plans"]).toBeGreaterThan(10);
    },
  },
  {
    promises: ["X7", "P12"],
    what: "the audit tells which plans another policy would decide otherwise, and changes nothing",
    run: async (place) => {
      const planId = await openPlan(place, "late with it");
      const created = nowSeconds(place);
      const item = subscriptionItem({
        price: price({ lookup_key: "professional_monthly" }),
        current_period_start: created,
        current_period_end: created + 60 * 24 * 3_600,
      });
      const object = professional(planId, { status: "past_due", items: listOf([item]) });
      await tell(place, "customer.subscription.created", object, { created });
      const { expected } = await audited(place);
      const later = place.nowMs() + 60_000;
      const strict = parsePolicy({ subscription_past_due: { graceSeconds: 0 } });
      expect(JSON.stringify(await plansUnder(expected, strict, later))).toContain(planId);
      expect(await planOf(place, planId)).toMatchObject({ planType: "professional" });
    },
  },
  {
    promises: ["X6"],
    what: "what is held about a customer is exported and erased; the plan stays and the audit clean",
    skipped: OTHER_JOB_NAMES,
    run: async (place) => {
      const planId = await openPlan(place, "to be forgotten");
      const session = checkoutSession({ client_reference_id: planId });
      const eventId = await tell(place, "checkout.session.completed", session);
      const customer = String(session["customer"]);
      const connection = connectionTo(place);
      const subject = (await place.run("customerData:subjectOf", { of: customer })) as Subject;
      const held = [];
      for await (const { row } of eventsAbout(connection, subject)) {
        held.push(await place.run("customerData:body", { eventId: row._id }));
        await place.run("customerData:eraseBodies", { eventIds: [row._id] });
      }
      expect(held.join()).toContain("buyer@example.org");
      expect((await rowsAbout(connection, subject))["plans"]).toHaveLength(1);
      const reason = "asked for";
      await place.run("customerData:finishErasure", { subject, reason, bodies: held.length });
      const row = await rowOf(place, eventId);
      expect(await place.run("customerData:body", { eventId: row["_id"] })).toBe("");
      const { ownerId, planType } = await planOf(place, planId);
      expect([ownerId === "to be forgotten", planType]).toEqual([false, "professional"]);
      expect((await audited(place)).report.findings).toEqual([]);
    },
  },
  {
    promises: ["X5"],
    what: "bodies that are kept no longer leave what was understood of them: the audit still makes the plans",
    skipped: OTHER_JOB_NAMES,
    run: async (place) => {
      await place.advance(2 * DAY_MS);
      let after: number | null | undefined;
      let dropped = 0;
      while (after !== null) {
        const args = { days: 1, ...(after !== undefined && { after }) };
        const batch = (await place.run("retention:dropBodies", args)) as JsonObject;
        dropped += Number(batch["dropped"]);
        after = batch["next"] as number | null;
      }
      expect(dropped).toBeGreaterThan(30);
      const { report } = await audited(place);
      expect(report.findings).toEqual([]);
      expect(report.proofs.body_dropped).toBeGreaterThanOrEqual(dropped);
    },
  },
];

function connectionTo(place: Place): Deployment {
  return { query: async (name, args) => (await place.run(name, args)) as never };
}

async function audited(place: Place): Promise<FinishedAudit> {
  return await audit(connectionTo(place));
}
