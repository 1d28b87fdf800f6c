import Stripe from "stripe";
import { defaultCatalog, type PaidPlanType } from "../../../internal/model/catalog.ts";
import type { SecretText } from "../SecretText.ts";

/** What the sandbox asks for a month, in cents. A year costs ten months. */
const MONTHLY_CENTS: Record<PaidPlanType, number> = { professional: 1_900, enterprise: 9_900 };

/** How the gateway's own endpoint is told from those that a developer adds. */
const OWN_ENDPOINT = { tollgate: "gateway" };

export interface ShopSetUp {
  sandboxUrl: string;
  secretKey: SecretText;
  /** Where deliveries go. */
  webhookUrl: string;
  /** What the gateway verifies them with. */
  signingSecret: SecretText;
}

/**
 * Gives a sandbox what the gateway needs there: a price for every lookup key of the catalog, and a webhook
 * endpoint that signs with the gateway's own secret. What is there already is kept.
 */
export async function setUpShop({
  sandboxUrl,
  secretKey,
  webhookUrl,
  signingSecret,
}: ShopSetUp): Promise<void> {
  const { hostname, port } = new URL(sandboxUrl);
  const stripe = new Stripe(secretKey.reveal(), {
    ...{ host: hostname, port: Number(port), protocol: "http" },
    telemetry: false,
  });
  const endpoint = await ownEndpoint(stripe, webhookUrl);
  const given = await fetch(`${sandboxUrl}/sandbox/webhook_endpoints/${endpoint.id}/roll_secret`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ keep_seconds: 0, secret: signingSecret.reveal() }),
  });
  if (!given.ok) {
    throw new Error(`the sandbox did not take the signing secret: ${given.status}`);
  }
  for (const { planType, lookupKeys = [] } of defaultCatalog.entries) {
    await setUpPrices(stripe, planType, lookupKeys);
  }
}

async function ownEndpoint(stripe: Stripe, url: string): Promise<Stripe.WebhookEndpoint> {
  const { data } = await stripe.webhookEndpoints.list({ limit: 100 });
  const own = data.find(({ metadata }) => metadata["tollgate"] === OWN_ENDPOINT.tollgate);
  return own === undefined
    ? await stripe.webhookEndpoints.create({
        ...{ url, enabled_events: ["*"], metadata: OWN_ENDPOINT },
      })
    : await stripe.webhookEndpoints.update(own.id, { url, disabled: false });
}

async function setUpPrices(
  stripe: Stripe,
  planType: PaidPlanType,
  lookupKeys: readonly string[],
): Promise<void> {
  const { data: known } = await stripe.prices.list({ limit: 100 });
  const missing = lookupKeys.filter((key) => known.every(({ lookup_key }) => lookup_key !== key));
  let product = known.find(({ lookup_key }) => lookupKeys.includes(lookup_key ?? ""))?.product;
  for (const key of missing) {
    const name = planType.charAt(0).toUpperCase() + planType.slice(1);
    product ??= (await stripe.products.create({ name })).id;
    const interval = intervalOf(key);
    await stripe.prices.create({
      ...{ product: String(product), currency: "eur", lookup_key: key },
      unit_amount: MONTHLY_CENTS[planType] * (interval === "month" ? 1 : 10),
      ...(interval !== null && { recurring: { interval } }),
    });
  }
}

/** Null: the key says nothing of a month or a year, so it is bought once. */
function intervalOf(lookupKey: string): "month" | "year" | null {
  if (/month/i.test(lookupKey)) {
    return "month";
  }
  return /year|annual/i.test(lookupKey) ? "year" : null;
}
