import { ConvexHttpClient } from "convex/browser";
import { anyApi } from "convex/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkoutSession, stripeEvent } from "../fixtures/stripe.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { deliverTo } from "../support/internalFunctions.ts";
import { openWorld, professional } from "./world.ts";

describe("who can change a plan", () => {
  let gateway: GatewayProcess;
  let planId: string;
  beforeAll(async () => {
    gateway = await startGatewayProcess(await temporaryDirectory());
    planId = (await gateway.run("plans:open", { ownerId: "ann" })) as string;
  });
  afterAll(async () => await gateway.kill());

  test("trap 13: not whoever opens the address that a checkout returns to", async () => {
    for (const path of ["/checkout/return?session_id=cs_test_1", `/?planId=${planId}`]) {
      await fetch(`${gateway.url}${path}`, { redirect: "manual" });
    }
    expect(await gateway.run("plans:get", { planId })).toMatchObject({ planType: "free" });
  });

  test("C1 trap 14: not a client, and not other functions of the application", async () => {
    const client = new ConvexHttpClient(gateway.url, { skipConvexDeploymentUrlCheck: true });
    const { plans } = anyApi as never as { plans: Record<string, never> };
    await expect(
      client.mutation(
        plans["markPlanAsProfessional"] as never,
        { planId, eventId: "evt_1" } as never,
      ),
    ).rejects.toThrow("Could not find public function for 'plans:markPlanAsProfessional'.");
    await expect(
      gateway.run("plans:markPlanAsProfessional", { planId, eventId: "evt_1" }),
    ).rejects.toMatchObject({ data: { code: "event_not_found" } });
  });
});

describe("C4 what belongs to somebody else", () => {
  test("trap 24: events of the other mode change nothing", async () => {
    const { planId, deliver, plan } = await openWorld();
    const row = await deliver("customer.subscription.created", professional(planId), {
      envelope: { livemode: true },
    });
    expect(row).toMatchObject({ status: "quarantined", statusReason: "mode_mismatch" });
    expect((await plan())["planType"]).toBe("free");
  });

  test("trap 25: events of a connected account change nothing", async () => {
    const { planId, deliver, plan } = await openWorld();
    const row = await deliver("customer.subscription.created", professional(planId), {
      envelope: { account: "acct_1" },
    });
    expect(row).toMatchObject({ status: "quarantined", statusReason: "account_not_allowed" });
    expect((await plan())["planType"]).toBe("free");
  });

  test("trap 28: the version that an event is shaped by is kept with it", async () => {
    const { gateway, planId, rows } = await openWorld();
    for (const api_version of ["2022-08-01", "2026-10-28.endive", null]) {
      const session = checkoutSession({ client_reference_id: planId });
      const event = stripeEvent("checkout.session.completed", session, { api_version });
      expect((await deliverTo(gateway, event)).status).toBe(200);
    }
    const versions = (await rows("events")).map(({ apiVersion }) => apiVersion);
    expect(versions).toEqual(["2022-08-01", "2026-10-28.endive", null]);
  });
});
