import Stripe from "stripe";
import { type HttpServer, startHttpServer } from "../../src/hosts/node/httpServer.ts";
import { systemTimer } from "../../src/hosts/node/systemPorts.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/createSandbox.ts";
import type { Random, SandboxPorts, Storage } from "../../src/sandbox/ports.ts";

/** 2026-11-01 00:00:00 UTC, when every sandbox of the tests begins. */
export const SANDBOX_START_SECONDS = 1_793_491_200;
export const DAY = 24 * 3_600;

export interface TestSandbox {
  readonly url: string;
  /** The unmodified SDK, over HTTP. */
  readonly stripe: Stripe;
  readonly storage: MemoryStorage;
  /** `POST` or `GET /sandbox/…`. */
  control(path: string, body?: object): Promise<Record<string, unknown>>;
  advance(seconds: number): Promise<void>;
  /** Submits a form of a hosted page as a browser would, without following the redirect. */
  submit(url: string, fields: Record<string, string>): Promise<PageAnswer>;
  /** Every event, oldest first. */
  events(): Promise<Stripe.Event[]>;
  settled(): Promise<boolean>;
  close(): Promise<void>;
}

export interface PageAnswer {
  status: number;
  location: string | null;
  text: string;
}

/** Rows in memory, as a host would keep them. `fails` makes the next saves reject. */
export interface MemoryStorage extends Storage {
  readonly rows: Map<string, string>;
  fails: boolean;
}

/** A sandbox on a port of its own. Its clock stands still until it is moved; its ids follow from `seed`. */
export async function startTestSandbox({
  seed = 1,
  storage = memoryStorage(),
  ports = {},
}: {
  seed?: number;
  storage?: MemoryStorage;
  ports?: Partial<SandboxPorts>;
} = {}): Promise<TestSandbox> {
  const sandbox = await createSandbox({
    clock: { nowMs: () => SANDBOX_START_SECONDS * 1_000 },
    random: seededRandom(seed),
    timer: systemTimer,
    fetch: globalThis.fetch,
    storage,
    ...ports,
  });
  const server = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    fetch: (request) => sandbox.fetch(request),
    log: { info: () => undefined, error: () => undefined },
  });
  return testSandbox(sandbox, server, storage);
}

export function memoryStorage(): MemoryStorage {
  const rows = new Map<string, string>();
  const storage: MemoryStorage = {
    rows,
    fails: false,
    load: async () => [...rows],
    save: async (changes) => {
      if (storage.fails) {
        throw new Error("the disk is full");
      }
      for (const [key, text] of changes) {
        if (text === null) {
          rows.delete(key);
        } else {
          rows.set(key, text);
        }
      }
    },
  };
  return storage;
}

/** The SDK as an application would make it for a sandbox. */
export function stripeFor(url: string, config: Stripe.StripeConfig = {}): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe("sk_test_sandbox", {
    host: hostname,
    port: Number(port),
    protocol: "http",
    telemetry: false,
    maxNetworkRetries: 0,
    ...config,
  });
}

/** The same bytes for the same seed (xorshift32; only tests may guess ids). */
export function seededRandom(seed: number): Random {
  let state = seed * 2_654_435_761 || 1;
  return {
    fill: (bytes) => {
      for (let index = 0; index < bytes.length; index++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        bytes[index] = state & 0xff;
      }
      return bytes;
    },
  };
}

function testSandbox(sandbox: Sandbox, server: HttpServer, storage: MemoryStorage): TestSandbox {
  const { url } = server;
  const stripe = stripeFor(url);
  const control = async (path: string, body?: object) => {
    const response = await fetch(`${url}/sandbox${path}`, {
      ...(body !== undefined && {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  return {
    url,
    stripe,
    storage,
    control,
    advance: async (seconds) => {
      const moved = await control("/clock/advance", { seconds });
      if (moved["error"] !== undefined) {
        throw new Error(JSON.stringify(moved["error"]));
      }
    },
    submit: async (address, fields) => {
      const response = await fetch(address, {
        method: "POST",
        body: new URLSearchParams(fields),
        redirect: "manual",
      });
      const location = response.headers.get("location");
      return { status: response.status, location, text: await response.text() };
    },
    events: async () => {
      const events = await stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
      return events.toReversed();
    },
    settled: () => sandbox.settled(),
    close: async () => {
      await sandbox.close();
      await server.close();
    },
  };
}
