import Stripe from "stripe";
import { Engine, INSIDER } from "../../src/engine/Engine.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/createSandbox.ts";
import type { JsonObject } from "../../tests/fixtures/stripe.ts";
import { Dice } from "../../tests/sandbox/randomSteps.ts";
import { internalFunctions } from "../../tests/support/internalFunctions.ts";
import { setDateNow } from "../../tests/support/manualDate.ts";
import { type ManualTime, manualTime, settle } from "../../tests/support/manualTime.ts";
import {
  memoryStorage,
  SANDBOX_START_SECONDS,
  seededRandom,
  type TestSandbox,
} from "../../tests/support/sandboxServer.ts";
import { setStripeApi } from "../../tests/support/stripeKey.ts";
import { testPorts } from "../../tests/support/testEngine.ts";
import { type CommitFate, MortalStore } from "./MortalStore.ts";
import { setNetwork } from "./simulatedFetch.ts";

// What the crons of every minute do, {@link SimulatedWorld.pass} does once a day.
const { crons: _, ...functions } = internalFunctions;
const modules = new Map(Object.entries(functions).map(([name, module]) => [`${name}.js`, module]));
const SWEEPS = [
  "inbox:sweep",
  "refetch:sweep",
  "reconcile:sweep",
  "plans:sweep",
  "reconcile:detectGap",
];

const STRIPE_URL = "http://stripe.test";
const GATEWAY_URL = "http://gateway.test";
const DAY_SECONDS = 24 * 3_600;
const MAX_DELAY_MS = 20_000;
const MAX_PUMPED_SECONDS = 120;

/**
 * A gateway and the sandbox that plays Stripe, with the network between them, in this process, on one clock that
 * stands still until it is moved, and with faults that follow from a seed. Only one at a time.
 */
export class SimulatedWorld {
  /** Ids of the events that the gateway has acknowledged, whether Stripe heard of it or not. */
  readonly acknowledged = new Set<string>();
  readonly faults: Record<string, number> = {};
  isFaulty = true;
  days = 0;
  readonly sandbox: TestSandbox;
  readonly #seed: number;
  readonly #dice: Dice;
  readonly #time: ManualTime;
  readonly #database = openMemoryStore();
  readonly #stripe: Sandbox;
  #store: MortalStore;
  #engine: Engine;
  #starts = 0;
  #isPassing = false;

  static async open(seed: number): Promise<SimulatedWorld> {
    const network = { deliver: (_: Request): Promise<Response> => Promise.reject(new Error()) };
    const time = manualTime(SANDBOX_START_SECONDS * 1_000);
    const { clock, timer } = time;
    setDateNow(clock.nowMs);
    const stripe = await createSandbox({
      ...{ clock, timer, random: seededRandom(seed), storage: memoryStorage() },
      fetch: (url, init) => network.deliver(new Request(url, { ...init, signal: null })),
    });
    const world = new SimulatedWorld(seed, time, stripe);
    network.deliver = (request) => world.#deliver(request);
    setNetwork((request) => world.#answerAsStripe(request));
    await world.#begin();
    return world;
  }

  private constructor(seed: number, time: ManualTime, stripe: Sandbox) {
    this.#seed = seed;
    this.#dice = new Dice(seed);
    this.#time = time;
    this.#stripe = stripe;
    this.sandbox = this.#testSandbox();
    this.#store = new MortalStore(this.#database, () => this.#fateOfCommit());
    this.#engine = this.#start();
  }

  get nowSeconds(): number {
    return Math.floor(this.#time.clock.nowMs() / 1_000);
  }

  /** Calls a function as an operator, on the process that runs. */
  async call(path: string, args: object = {}): Promise<unknown> {
    await this.#replaceIfGone();
    return JSON.parse((await this.#engine.call(path, "any", args as never, INSIDER)).valueText);
  }

  /** Lets time pass; what the gateway does every minute it does once a day. */
  async pass(seconds: number): Promise<void> {
    this.#isPassing = true;
    try {
      for (let left = seconds; left > 0; left -= DAY_SECONDS) {
        await this.#time.advance(Math.min(left, DAY_SECONDS) * 1_000);
        for (const sweep of SWEEPS) {
          await this.call(sweep).catch(() => this.#count("failedSweeps"));
        }
        await settle();
      }
      this.days += seconds / DAY_SECONDS;
    } finally {
      this.#isPassing = false;
    }
  }

  /** Waits for something in the world, and lets seconds pass while it waits for time. */
  async during<T>(something: Promise<T>): Promise<T> {
    let isOver = false;
    const over = something.finally(() => {
      isOver = true;
    });
    over.catch(() => undefined);
    for (let seconds = 0; seconds < MAX_PUMPED_SECONDS; ) {
      await settle();
      if (isOver) {
        return await over;
      }
      if (!this.#isPassing) {
        await this.#time.advance(1_000);
        seconds++;
      }
    }
    throw new Error("it comes to no end");
  }

  async close(): Promise<void> {
    await this.#stripe.close();
    await this.#engine.close();
    setNetwork(null);
    setStripeApi(null);
    setDateNow(null);
  }

  async #begin(): Promise<void> {
    setStripeApi(STRIPE_URL);
    const endpoint = await this.during(
      this.sandbox.stripe.webhookEndpoints.create({
        url: `${GATEWAY_URL}/stripe/webhook`,
        enabled_events: ["*"],
      }),
    );
    process.env["STRIPE_WEBHOOK_SECRET"] = String(endpoint.secret);
  }

  #start(): Engine {
    this.#starts++;
    const engine = new Engine({
      ...testPorts(),
      store: this.#store,
      modules,
      clock: this.#time.clock,
      timer: this.#time.timer,
      random: seededRandom(this.#seed * 1_000 + this.#starts),
      stopwatch: { elapsedMs: () => this.#time.clock.nowMs(), busyMs: () => 0 },
    });
    void engine.start().catch(() => undefined);
    return engine;
  }

  /** A supervisor starts a process that has ended. */
  async #replaceIfGone(): Promise<void> {
    if (this.#store.isGone) {
      this.#count("restarts");
      void this.#engine.close().catch(() => undefined);
      this.#store = new MortalStore(this.#database, () => this.#fateOfCommit());
      this.#engine = this.#start();
      await settle();
    }
  }

  async #deliver(request: Request): Promise<Response> {
    const body = await request.text();
    const { url, method, headers } = request;
    const arrive = async (): Promise<Response> => {
      await this.#replaceIfGone();
      const arrived = new Request(url, { method, headers, body });
      const response = await this.#engine.handleHttp(arrived, null);
      if (response.ok) {
        this.acknowledged.add((JSON.parse(body) as { id: string }).id);
      }
      return response;
    };
    switch (this.#fault(["lostRequest", "lostAnswer", "twice", "late"], 6)) {
      case "lostRequest":
        throw new TypeError("the request was lost");
      case "lostAnswer":
        await arrive();
        throw new TypeError("the answer was lost");
      case "twice":
        return (await Promise.all([arrive(), arrive()]))[0];
      case "late":
        await new Promise<void>((resolve) => {
          this.#time.timer.after(1 + this.#dice.below(MAX_DELAY_MS), resolve);
        });
        return await arrive();
      default:
        return await arrive();
    }
  }

  async #answerAsStripe(request: Request): Promise<Response> {
    if (this.#fault(["stripeBusy"], 20) !== null) {
      const error = { type: "rate_limit_error", message: "Too many requests." };
      return Response.json({ error }, { status: 429 });
    }
    const { headers, status, body } = await this.#stripe.fetch(request);
    const dated = new Headers(headers);
    dated.set("date", new Date(this.#time.clock.nowMs()).toUTCString());
    return new Response(body, { status, headers: dated });
  }

  #fateOfCommit(): CommitFate {
    const fate = this.#fault(["refused", "dies", "diesAfter"] as const, 100);
    return fate ?? "stored";
  }

  /** One of the faults, once in `one in` times, and never while all is well. */
  #fault<Name extends string>(names: readonly Name[], oneIn: number): Name | null {
    if (!this.isFaulty || this.#dice.below(oneIn) !== 0) {
      return null;
    }
    const name = this.#dice.one(names);
    this.#count(name);
    return name;
  }

  #count(name: string): void {
    this.faults[name] = (this.faults[name] ?? 0) + 1;
  }

  #testSandbox(): TestSandbox {
    const ask = (path: string, init: RequestInit = {}) =>
      this.#stripe.fetch(new Request(new URL(path, STRIPE_URL), init));
    const stripe = new Stripe("sk_test_sandbox", {
      ...{ host: "stripe.test", protocol: "http", telemetry: false, maxNetworkRetries: 0 },
      httpClient: Stripe.createFetchHttpClient((url, init) => ask(String(url), init)),
    });
    return {
      url: STRIPE_URL,
      stripe,
      storage: memoryStorage(),
      control: async (path, body) => {
        if (path === "/clock") {
          return { now: this.nowSeconds };
        }
        const headers = { "content-type": "application/json" };
        const init = body && { method: "POST", headers, body: JSON.stringify(body) };
        return (await (await ask(`/sandbox${path}`, init)).json()) as JsonObject;
      },
      advance: (seconds) => this.pass(seconds),
      submit: async (address, fields) => {
        const body = new URLSearchParams(fields);
        const response = await ask(address, { method: "POST", body });
        const location = response.headers.get("location");
        return { status: response.status, location, text: await response.text() };
      },
      events: async () => {
        const listed = stripe.events.list({ limit: 100 });
        return (await listed.autoPagingToArray({ limit: 10_000 })).toReversed();
      },
      settled: async () => true,
      close: async () => undefined,
    };
  }
}
