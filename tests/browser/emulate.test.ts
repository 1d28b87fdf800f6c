import { expect, test } from "vitest";
import { signOwnerToken } from "../../src/internal/checkout/ownerToken.ts";
import { launchBrowser, NO_BROWSER } from "../support/browser.ts";
import { EMULATED_SECRET, startEmulatedStripe } from "../support/emulatedStripe.ts";
import { startGatewayProcess, temporaryDirectory } from "../support/gatewayProcess.ts";

const LINK_SECRET = "link_secret_of_the_tests_0123456789abcdef";

test.skipIf(NO_BROWSER !== null)(
  `K1 K3 the checkout runs against a Stripe that nobody here wrote ${NO_BROWSER ?? ""}`,
  async () => {
    const stripe = await startEmulatedStripe();
    const gateway = await startGatewayProcess(await temporaryDirectory(), {
      STRIPE_WEBHOOK_SECRET: EMULATED_SECRET,
      STRIPE_SECRET_KEY: "sk_test_0123456789abcdefghij",
      STRIPE_API_URL: stripe.url,
      TOLLGATE_LINK_SECRET: LINK_SECRET,
    });
    stripe.deliverTo(`${gateway.url}/stripe/webhook`);
    const planId = await gateway.run("plans:open", { ownerId: "ann" });
    const expiresAtSeconds = Math.floor(Date.now() / 1_000) + 900;
    const token = { ownerId: "ann", plan: "professional", interval: "month", expiresAtSeconds };
    const link = signOwnerToken("link", token, LINK_SECRET);

    const browser = await launchBrowser();
    const page = await browser.newPage();
    await page.goto(`${gateway.url}/checkout?${new URLSearchParams({ link })}`);
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await page.waitForURL(/\/checkout\/cs_/);
    expect(await gateway.run("plans:get", { planId })).toMatchObject({ planType: "free" });
    await page.getByRole("button", { name: "Pay" }).click();
    await page.waitForURL(/\/checkout\/return\?session_id=cs_/);
    await page.getByText("Your plan is professional.").waitFor();
    expect(await gateway.run("plans:get", { planId })).toMatchObject({ planType: "professional" });
    expect(new Set(stripe.plainStatuses)).toEqual(new Set([400]));

    await browser.close();
    await gateway.stop();
    await stripe.close();
  },
);
