import { join } from "node:path";
import { signDelivery } from "../src/stripe/signDelivery.ts";
import { startEdge } from "../tests/support/edge/startEdge.ts";
import { load } from "./edge/load.ts";
import { startNode } from "./edge/startNode.ts";

/**
 * What the Worker and its object cost in local workerd, beside Node: genuine events, and a flood of forged
 * ones with the check at the Worker and without it. The load is made by this process on the same machine.
 */
const SECRET = "whsec_benchOnly0123456789abcdef";
const ADMIN_KEY = "bench_admin_key_0123456789";
const EVENTS = 2_000;
const FORGED = 4_000;
const BODY_PADDING = "x".repeat(1_500);

const edge = await startEdge({
  bindings: { STRIPE_WEBHOOK_SECRET: SECRET, TOLLGATE_ADMIN_KEY: ADMIN_KEY },
  entry: join(import.meta.dirname, "../src/hosts/worker.ts"),
});

const node = await startNode(SECRET);

function delivery(number: number, address: string, secret: string): () => Promise<Response> {
  const body = JSON.stringify({
    id: `evt_bench_${number}`,
    object: "event",
    api_version: "2026-10-28.endive",
    created: 1_793_491_200 + number,
    livemode: false,
    type: "customer.subscription.updated",
    data: {
      object: {
        id: `sub_${number % 100}`,
        object: "subscription",
        customer: `cus_${number % 100}`,
        description: BODY_PADDING,
        status: "active",
        items: { object: "list", has_more: false, data: [] },
      },
    },
  });
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const signature = signDelivery({ body, secret, timestampSeconds });
  return () =>
    fetch(address, {
      method: "POST",
      body,
      headers: { "stripe-signature": signature },
    });
}

function deliveries(count: number, first: number, address: string, secret: string) {
  return Array.from({ length: count }, (_, i) => delivery(first + i, address, secret));
}

function show(name: string, { perSecond, p50Ms, p99Ms }: Awaited<ReturnType<typeof load>>): void {
  process.stdout.write(
    `${name.padEnd(44)} ${perSecond.toFixed(0).padStart(6)}/s  p50 ${p50Ms.toFixed(1)} ms  p99 ${p99Ms.toFixed(1)} ms\n`,
  );
}

const WEBHOOK = `${edge.url}/stripe/webhook`;
const NODE_WEBHOOK = `${node.url}/stripe/webhook`;
/** The same door by another name, which the Worker hands to the object unseen. */
const UNCHECKED = `${edge.url}/http/stripe/webhook`;

await load(deliveries(300, 0, WEBHOOK, SECRET), 200);
await load(deliveries(300, 0, NODE_WEBHOOK, SECRET), 200);
for (let round = 1; round <= 2; round++) {
  const first = round * 100_000;
  show(
    "genuine events, Node with SQLite",
    await load(deliveries(EVENTS, first, NODE_WEBHOOK, SECRET), 200),
  );
  show(
    "genuine events, Durable Object",
    await load(deliveries(EVENTS, first, WEBHOOK, SECRET), 200),
  );
  const early = await load(deliveries(FORGED, first, WEBHOOK, `${SECRET}x`), 400);
  show("forged, refused by the Worker", early);
  const late = await load(deliveries(FORGED, first, UNCHECKED, `${SECRET}x`), 400);
  show("forged, refused by the object", late);
  process.stdout.write(`ratio ${(early.perSecond / late.perSecond).toFixed(2)}\n`);
}
await edge.close();
await node.close();
