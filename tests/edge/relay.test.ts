import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { post } from "../contract/asking.ts";
import { overHttp } from "../contract/runners/overHttp.ts";
import { deliveryOf, stripeEvent, subscription, TEST_SIGNING_SECRET } from "../fixtures/stripe.ts";
import { type Edge, startEdge } from "../support/edge/startEdge.ts";
import { eventually } from "../support/eventually.ts";

/** Where Convex's HTTP actions would be: what came, and what it answers. */
interface Convex {
  status: number;
  readonly received: { body: string; signature: string | undefined; url: string | undefined }[];
}

const convex: Convex = { status: 200, received: [] };
let server: Server;
let edge: Edge;
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { url, headers } = request;
    const signature = headers["stripe-signature"] as string | undefined;
    convex.received.push({ body: await textOf(request), signature, url });
    response.writeHead(convex.status).end('{"status":"applied"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  edge = await startEdge({
    bindings: {
      STRIPE_WEBHOOK_SECRET: TEST_SIGNING_SECRET,
      CONVEX_SITE_URL: `http://127.0.0.1:${port}`,
    },
  });
}, 60_000);
afterAll(async () => {
  await edge.close();
  server.close();
});

const http = overHttp(() => edge.url);

function signed(): { body: string; signatureHeader: string } {
  const event = stripeEvent("customer.subscription.created", subscription({ note: "Grüße 🎟️" }));
  return deliveryOf(event, { timestampSeconds: Math.floor(Date.now() / 1_000) });
}

test("W8 body and signature reach Convex untouched, and its answer comes back", async () => {
  const delivery = signed();
  const response = await post(http, delivery);
  expect([response.status, await response.text()]).toEqual([200, '{"status":"applied"}']);
  expect(convex.received.splice(0)).toEqual([
    { body: delivery.body, signature: delivery.signatureHeader, url: "/stripe/webhook" },
  ]);
});

test("W8 a forged delivery does not reach Convex, and nothing else is there", async () => {
  expect((await post(http, { ...signed(), signatureHeader: "t=1,v1=00" })).status).toBe(400);
  expect((await http.fetch("/api/function", { method: "POST" })).status).toBe(404);
  expect(convex.received).toEqual([]);
});

test("W8 what Convex refuses for good is refused, and not tried again", async () => {
  convex.status = 400;
  expect((await post(http, signed())).status).toBe(400);
  convex.status = 200;
  expect(convex.received.splice(0)).toHaveLength(1);
});

test("W8 while Convex is away the answer is 503, and the delivery follows when it is back", async () => {
  convex.status = 500;
  const delivery = signed();
  expect((await post(http, delivery)).status).toBe(503);
  convex.status = 200;
  convex.received.splice(0);
  await eventually(async () => {
    expect(convex.received.map(({ body }) => body)).toEqual([delivery.body]);
  });
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
