import { expect, test } from "vitest";
import { startHttpServer } from "../../src/hosts/node/httpServer.ts";
import { internalAction } from "../../src/internal/_generated/server.ts";
import { signOwnerToken } from "../../src/internal/checkout/ownerToken.ts";
import { type CheckoutRequest, startCheckout } from "../../src/internal/checkout/startCheckout.ts";
import { defaultCatalog, validCatalog } from "../../src/internal/model/catalog.ts";
import { offer, validOffers } from "../../src/internal/model/checkoutOffer.ts";
import { launchBrowser, NO_BROWSER } from "../support/browser.ts";
import {
  EMULATED_LOOKUP_KEY,
  EMULATED_SECRET,
  startEmulatedStripe,
} from "../support/emulatedStripe.ts";
import { internalFunctions } from "../support/internalFunctions.ts";
import { setStripeApi } from "../support/stripeKey.ts";
import { openTestEngine, silentLog } from "../support/testEngine.ts";

const LINK_SECRET = "link_secret_of_the_tests_0123456789abcdef";

const catalog = validCatalog({
  ...defaultCatalog,
  entries: [
    ...defaultCatalog.entries,
    { planType: "professional", lookupKeys: [EMULATED_LOOKUP_KEY] },
  ],
});
const OFFERS = validOffers(
  [
    offer("professional", "once", EMULATED_LOOKUP_KEY, {
      seats: { min: 1, max: 1, isAdjustable: false },
    }),
  ],
  catalog,
);

/** Tollgate's functions, with one offer that is paid once: the emulator sells nothing else. */
const functions = {
  ...internalFunctions,
  checkout: {
    ...internalFunctions["checkout"],
    start: internalAction({
      handler: (ctx, { ownerId, request }: { ownerId: string; request: CheckoutRequest }) =>
        startCheckout(ctx, ownerId, request, OFFERS),
    }),
  },
};

test.skipIf(NO_BROWSER !== null)(
  `K1 K2 K3 a plan is bought for good at a Stripe that nobody here wrote ${NO_BROWSER ?? ""}`,
  async () => {
    const stripe = await startEmulatedStripe();
    setStripeApi(stripe.url);
    process.env["STRIPE_WEBHOOK_SECRET"] = EMULATED_SECRET;
    process.env["TOLLGATE_LINK_SECRET"] = LINK_SECRET;
    const gateway = openTestEngine(functions);
    const server = await startHttpServer({
      ...{ host: "127.0.0.1", port: 0, log: silentLog },
      fetch: (request) => gateway.engine.handleHttp(request, null),
    });
    process.env["CONVEX_SITE_URL"] = server.url;
    stripe.deliverTo(`${server.url}/stripe/webhook`);
    const planId = await gateway.call("plans:open", { ownerId: "ann" });
    const plan = () => gateway.call("plans:get", { planId });
    const expiresAtSeconds = Math.floor(Date.now() / 1_000) + 900;
    const token = { ownerId: "ann", plan: "professional", interval: "once", expiresAtSeconds };
    const link = signOwnerToken("link", token, LINK_SECRET);

    const browser = await launchBrowser();
    const page = await browser.newPage();
    const buy = async () => {
      await page.goto(`${server.url}/checkout?${new URLSearchParams({ link })}`);
      await page.getByText("paid once").waitFor();
      await page.getByRole("button", { name: "Continue to payment" }).click();
    };
    await buy();
    await page.waitForURL(/\/checkout\/cs_/);
    expect(await plan()).toMatchObject({ planType: "free" });
    await page.getByRole("button", { name: "Pay" }).click();
    await page.waitForURL(/\/checkout\/return\?session_id=cs_/);
    await page.getByText("Your plan is professional.").waitFor();
    expect(await plan()).toMatchObject({ planType: "professional" });
    expect(new Set(stripe.plainStatuses)).toEqual(new Set([400]));
    await buy();
    await page.getByText("already_bought").waitFor();

    await browser.close();
    await server.close();
    await gateway.engine.close();
    await stripe.close();
    setStripeApi(null);
  },
);
