import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "../fixtures/stripe.ts";

/** The real one, also where a test moves the time. */
const { setTimeout: later } = globalThis;

/** What goes wrong with a request: an answer with this status, half an answer, or one that comes late. */
export type Fault =
  | { status: number; code?: string; headers?: Record<string, string> }
  | "cut"
  | { delayMs: number };

export interface StripeRequest {
  /** As the SDK asked, such as `/v1/events?limit=100`. */
  path: string;
  authorization: string | undefined;
  /** The connected account that is asked for. */
  account: string | undefined;
  atMs: number;
}

/**
 * A stand-in for Stripe's API on a real HTTP server of this machine, as far as Tollgate asks it: events
 * and subscriptions, listed and single, subscription items, and single objects of other kinds.
 */
export interface StripeServer {
  readonly url: string;
  /** Every event that Stripe has, in the order in which it made them. */
  events: JsonObject[];
  /** Every other object, by its path: `/v1/subscriptions/sub_1`. */
  objects: Map<string, JsonObject>;
  /** The items of a subscription beyond those that the subscription itself lists. */
  items: Map<string, JsonObject[]>;
  readonly requests: StripeRequest[];
  /** Asked for each request. */
  fault: (path: string) => Fault | undefined;
  /** What its clock shows. */
  nowMs: () => number;
  /** The most that one page holds, whatever is asked for. */
  maxPageSize: number;
  add(object: JsonObject): void;
  close(): Promise<void>;
}

const COLLECTIONS: Record<string, string> = {
  subscription: "subscriptions",
  customer: "customers",
  invoice: "invoices",
  charge: "charges",
  "checkout.session": "checkout/sessions",
};

export async function startStripeServer(): Promise<StripeServer> {
  const server = createServer((request, response) => answer(stripe, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stripe: StripeServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events: [],
    objects: new Map(),
    items: new Map(),
    requests: [],
    fault: () => undefined,
    nowMs: () => Date.now(),
    maxPageSize: 100,
    add: (object) => {
      const collection = COLLECTIONS[String(object["object"])];
      stripe.objects.set(`/v1/${collection}/${object["id"]}`, object);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return stripe;
}

function answer(stripe: StripeServer, request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? "";
  stripe.requests.push({
    path,
    authorization: request.headers.authorization,
    account: request.headers["stripe-account"] as string | undefined,
    atMs: stripe.nowMs(),
  });
  const fault = stripe.fault(path);
  response.setHeader("content-type", "application/json");
  response.setHeader("request-id", "req_standIn");
  response.setHeader("date", new Date(stripe.nowMs()).toUTCString());
  if (fault === "cut") {
    response.writeHead(200, { "content-length": "1000" });
    response.write('{"object":', () => response.destroy());
  } else if (fault !== undefined && "status" in fault) {
    for (const [name, value] of Object.entries(fault.headers ?? {})) {
      response.setHeader(name, value);
    }
    sendError(response, fault.status, fault.code);
  } else {
    later(() => send(stripe, new URL(path, stripe.url), response), fault?.delayMs ?? 0);
  }
}

function send(stripe: StripeServer, url: URL, response: ServerResponse): void {
  const found = find(stripe, url);
  if (found === null) {
    sendError(response, 404, "resource_missing");
  } else {
    response.end(JSON.stringify(found));
  }
}

function find(stripe: StripeServer, url: URL): JsonObject | null {
  const { pathname, searchParams } = url;
  if (pathname === "/v1/events") {
    const types = [...searchParams].filter(([name]) => /^types(\[\d*\])?$/.test(name));
    if (types.length > 20) {
      return null;
    }
    const wanted = new Set(types.map(([, type]) => type));
    const since = Number(searchParams.get("created[gte]") ?? 0);
    const until = Number(searchParams.get("created[lte]") ?? Number.POSITIVE_INFINITY);
    const listed = stripe.events.filter(
      ({ type, created }) =>
        (wanted.size === 0 || wanted.has(String(type))) &&
        Number(created) >= since &&
        Number(created) <= until,
    );
    return page(stripe, listed.toReversed(), url);
  }
  if (pathname === "/v1/subscriptions") {
    const isListed = (object: JsonObject) =>
      object["object"] === "subscription" &&
      (searchParams.get("status") === "all" || object["status"] !== "canceled");
    return page(stripe, [...stripe.objects.values()].filter(isListed).toReversed(), url);
  }
  if (pathname === "/v1/subscription_items") {
    const id = String(searchParams.get("subscription"));
    const { items } = stripe.objects.get(`/v1/subscriptions/${id}`) as unknown as {
      items: { data: JsonObject[] };
    };
    return page(stripe, [...items.data, ...(stripe.items.get(id) ?? [])], url);
  }
  const eventId = /^\/v1\/events\/(.+)$/.exec(pathname)?.[1];
  return eventId === undefined
    ? (stripe.objects.get(pathname) ?? null)
    : (stripe.events.find(({ id }) => id === eventId) ?? null);
}

/** One page of a list that begins with the newest, as Stripe cuts it. */
function page({ maxPageSize }: StripeServer, list: JsonObject[], url: URL): JsonObject | null {
  const { searchParams, pathname } = url;
  const limit = Math.min(Number(searchParams.get("limit") ?? 10), maxPageSize);
  const after = searchParams.get("starting_after");
  const before = searchParams.get("ending_before");
  const cursor = after ?? before;
  const at = cursor === null ? -1 : list.findIndex(({ id }) => id === cursor);
  if (cursor !== null && at === -1) {
    return null;
  }
  const candidates = before === null ? list.slice(at + 1) : list.slice(0, at);
  const data = before === null ? candidates.slice(0, limit) : candidates.slice(-limit);
  return { object: "list", url: pathname, data, has_more: candidates.length > data.length };
}

function sendError(response: ServerResponse, status: number, code?: string): void {
  response.statusCode = status;
  const type = status === 429 ? "rate_limit_error" : "invalid_request_error";
  response.end(JSON.stringify({ error: { type, code, message: "secret detail sk_test_1234" } }));
}
