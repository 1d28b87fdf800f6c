import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { styleText } from "node:util";
import { readConfig } from "../hosts/node/config.ts";
import { type Gateway, startGateway } from "../hosts/node/gateway.ts";
import { signDelivery } from "../stripe/signDelivery.ts";

/**
 * `npm run demo`: a tour that ends by itself. Starts a gateway of its own on a free port with a
 * temporary data directory, and talks to it over HTTP as Stripe, a client and an operator would.
 */
async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "tollgate-demo-"));
  const silent = { info: () => undefined, error: () => undefined };
  const config = readConfig({ PORT: "0", TOLLGATE_DATA: directory, TOLLGATE_SANDBOX: "off" });
  const gateway = await startGateway(config, silent);
  try {
    await tour(gateway, directory);
  } finally {
    await gateway.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function tour({ url }: Gateway, directory: string): Promise<void> {
  const signingSecret = (await readFile(join(directory, "webhook-secret"), "utf8")).trim();
  const adminKey = (await readFile(join(directory, "admin-key"), "utf8")).trim();
  const operator = (path: string, args: object) =>
    post(`${url}/api/function`, { path, args }, { authorization: `Convex ${adminKey}` });
  const stripe = (event: object, secret: string) => deliver(url, event, secret);

  say(`A gateway runs at ${url}.`);

  step("The application opens a plan for an owner");
  const { value: planId } = (await operator("plans:open", { ownerId: "ann" })).body;
  const showPlan = async () => {
    const { value } = (await operator("plans:get", { planId })).body;
    const { planType, reason } = value as { planType: string; reason: string };
    say(`the plan is ${styleText("bold", planType)}: ${reason}`);
  };
  await showPlan();

  step("Stripe delivers a signed event: the owner's subscription is active");
  const created = subscriptionEvent("customer.subscription.created", String(planId), "active");
  show(await stripe(created, signingSecret));
  await showPlan();

  step("Stripe delivers the same event again");
  show(await stripe(created, signingSecret));

  step("Somebody forges an event, signed with a secret of their own");
  const forged = subscriptionEvent("customer.subscription.updated", String(planId), "canceled");
  show(await stripe(forged, "whsec_notTheSecretOfThisEndpoint"));
  await showPlan();

  step("A client calls the internal function that marks plans");
  const mark = { path: "plans:markPlanAsProfessional", args: { planId, eventId: "evt_made_up" } };
  show(await post(`${url}/api/mutation`, mark));

  step("A tired operator runs it with the admin key and an event that never was");
  show(await operator(mark.path, mark.args));

  step("Stripe delivers the end of the subscription");
  show(
    await stripe(
      subscriptionEvent("customer.subscription.deleted", String(planId), "canceled"),
      signingSecret,
    ),
  );
  await showPlan();

  step("Every change names the event that caused it");
  const { value: changes } = (await operator("plans:changes", { planId })).body;
  for (const { from, to, stripeEventId, rule } of changes as Record<string, string>[]) {
    say(`${from} → ${to}  ${stripeEventId}  ${rule}`);
  }
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function deliver(url: string, event: object, secret: string): Promise<Answer> {
  const body = JSON.stringify(event);
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const signature = signDelivery({ body, secret, timestampSeconds });
  return await post(`${url}/stripe/webhook`, event, { "stripe-signature": signature });
}

async function post(
  url: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

let eventNumber = 0;

function subscriptionEvent(type: string, planId: string, status: string): object {
  eventNumber += 1;
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const price = { id: "price_demo", object: "price", lookup_key: "professional_monthly" };
  const item = {
    id: "si_demo",
    object: "subscription_item",
    current_period_start: nowSeconds,
    current_period_end: nowSeconds + 30 * 24 * 3_600,
    quantity: 1,
    price,
  };
  return {
    id: `evt_demo_${eventNumber}`,
    object: "event",
    api_version: "2026-10-28.endive",
    created: nowSeconds,
    livemode: false,
    type,
    data: {
      object: {
        id: "sub_demo",
        object: "subscription",
        customer: "cus_demo",
        status,
        metadata: { planId },
        items: { object: "list", has_more: false, data: [item] },
      },
    },
  };
}

function step(title: string): void {
  process.stdout.write(`\n${styleText("bold", title)}\n`);
}

function show({ status, body }: Answer): void {
  const { errorMessage, errorData } = body;
  const reason = typeof errorMessage === "string" ? errorMessage.trim().split("\n").at(-1) : null;
  say(`${status} ${JSON.stringify(errorData ?? reason ?? body)}`);
}

function say(text: string): void {
  process.stdout.write(`  ${text}\n`);
}

await main();
