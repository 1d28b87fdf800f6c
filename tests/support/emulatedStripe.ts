import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createEmulator } from "emulate";
import Stripe from "stripe";
import { type HttpServer, startHttpServer } from "../../src/hosts/node/httpServer.ts";

/** What emulate signs with, and the gateway verifies with. */
export const EMULATED_SECRET = "whsec_0123456789abcdefghij0123";

/** By which its one price is found, which is paid once. */
export const EMULATED_LOOKUP_KEY = "professional_lifetime";

/** Where the emulator keeps what its prices have no field for. */
const LOOKUP_KEY = "lookup_key";

export interface EmulatedStripe {
  /** The API, as `STRIPE_API_URL`. */
  readonly url: string;
  /** What the gateway answered to the emulator's deliveries as they are. */
  readonly plainStatuses: readonly number[];
  /** Where deliveries go on to. */
  deliverTo(webhookUrl: string): void;
  close(): Promise<void>;
}

/**
 * The Stripe emulator of npm `emulate`, with an adapter before it that adds what it lacks of Stripe, and
 * nothing else:
 *
 * - its events have no envelope: no id, time, mode or version. The gateway refuses them, rightly; the adapter
 *   verifies the emulator's signature, adds the envelope and signs again with the same secret
 * - its prices have no `lookup_key` and no `recurring`, and it ignores a search for one
 * - it has no subscriptions: there is none to list
 */
export async function startEmulatedStripe(): Promise<EmulatedStripe> {
  const plainStatuses: number[] = [];
  let webhookUrl = "";
  let emulatorUrl = "";
  const server = await startHttpServer({
    ...{ host: "127.0.0.1", port: 0 },
    fetch: async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      switch (`${request.method} ${pathname}`) {
        case "POST /deliveries":
          return await passOn(request, webhookUrl, plainStatuses);
        case "GET /v1/subscriptions":
          return Response.json({ object: "list", url: pathname, has_more: false, data: [] });
        case "GET /v1/prices":
          return await pricesOf(emulatorUrl, searchParams.getAll("lookup_keys[0]"));
        default:
          return await forward(request, emulatorUrl);
      }
    },
    log: { info: () => undefined, error: () => undefined },
  });
  const emulator = await createEmulator({
    service: "stripe",
    port: await freePort(),
    seed: {
      stripe: {
        webhooks: [{ url: `${server.url}/deliveries`, events: ["*"], secret: EMULATED_SECRET }],
      },
    },
  });
  emulatorUrl = emulator.url;
  await addPrice(emulatorUrl, EMULATED_LOOKUP_KEY);
  return emulatedStripe(server, plainStatuses, {
    deliverTo: (url) => {
      webhookUrl = url;
    },
    close: () => emulator.close(),
  });
}

function emulatedStripe(
  server: HttpServer,
  plainStatuses: readonly number[],
  { deliverTo, close }: Pick<EmulatedStripe, "deliverTo" | "close">,
): EmulatedStripe {
  return {
    url: server.url,
    plainStatuses,
    deliverTo,
    close: async () => {
      await server.close();
      await close();
    },
  };
}

async function addPrice(emulatorUrl: string, lookupKey: string): Promise<void> {
  const post = async (path: string, fields: Record<string, string>) => {
    const answer = await fetch(`${emulatorUrl}${path}`, {
      method: "POST",
      body: new URLSearchParams(fields),
    });
    return (await answer.json()) as { id: string };
  };
  const { id } = await post("/v1/products", { name: "Professional" });
  await post("/v1/prices", {
    product: id,
    currency: "eur",
    unit_amount: "1900",
    [`metadata[${LOOKUP_KEY}]`]: lookupKey,
  });
}

async function pricesOf(emulatorUrl: string, lookupKeys: readonly string[]): Promise<Response> {
  const answer = await fetch(`${emulatorUrl}/v1/prices?active=true&limit=100`);
  const { data, ...list } = (await answer.json()) as {
    data: { metadata: Record<string, string> }[];
  };
  const found = data
    .filter(({ metadata }) => lookupKeys.includes(metadata[LOOKUP_KEY] ?? ""))
    .map((price) => ({
      ...price,
      lookup_key: price.metadata[LOOKUP_KEY],
      recurring: null,
    }));
  return Response.json({ ...list, data: found });
}

async function forward(request: Request, emulatorUrl: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const answer = await fetch(`${emulatorUrl}${pathname}${search}`, {
    method: request.method,
    ...(request.method === "POST" && { body: new URLSearchParams(await request.text()) }),
  });
  return new Response(await answer.text(), {
    status: answer.status,
    headers: { "content-type": "application/json" },
  });
}

async function passOn(
  request: Request,
  webhookUrl: string,
  plainStatuses: number[],
): Promise<Response> {
  const { webhooks } = new Stripe("sk_test_emulated");
  const body = await request.text();
  const signature = request.headers.get("stripe-signature") ?? "";
  const send = (payload: string, header: string) =>
    fetch(webhookUrl, { method: "POST", body: payload, headers: { "stripe-signature": header } });
  const { type, data } = webhooks.constructEvent(body, signature, EMULATED_SECRET);
  plainStatuses.push((await send(body, signature)).status);
  const payload = JSON.stringify({
    id: `evt_${crypto.randomUUID().replaceAll("-", "")}`,
    object: "event",
    api_version: Stripe.API_VERSION,
    created: Math.floor(Date.now() / 1_000),
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
    data,
  });
  const header = webhooks.generateTestHeaderString({ payload, secret: EMULATED_SECRET });
  return new Response(null, { status: (await send(payload, header)).status });
}

/** The emulator takes no port 0. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
