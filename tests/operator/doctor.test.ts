import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { adminKeysCheck } from "../../src/hosts/node/doctor/adminKeysCheck.ts";
import { diskSpaceCheck } from "../../src/hosts/node/doctor/diskCheck.ts";
import { examineHost } from "../../src/hosts/node/doctor/examineHost.ts";
import { openNodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { CHECKS, type Check } from "../../src/internal/doctor/Check.ts";
import { RULED_TYPES } from "../../src/internal/ledger/eventFact.ts";
import {
  CURRENT_API_VERSION,
  checkoutSession,
  deliveryOf,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  TEST_SIGNING_SECRET,
} from "../fixtures/stripe.ts";
import { temporaryFolder } from "../hosts/temporaryFolder.ts";
import { eventually } from "../support/eventually.ts";
import { type GatewayWithStripe, openGatewayWithStripe } from "../support/gatewayWithStripe.ts";
import { internalFunctions } from "../support/internalFunctions.ts";
import { setDateNow } from "../support/manualDate.ts";
import { openTestEngine, type TestEngine } from "../support/testEngine.ts";

const DAY_MS = 24 * 3_600 * 1_000;
const LIVE_KEY = "sk_live_onlyForTests0123456789";
const OTHER_SECRET = "whsec_anotherOne0123456789abcd";

type Status = Check["status"];

/** Those that are not ok, as `name status`. */
function found(checks: readonly Check[]): string[] {
  return checks
    .filter(({ status }) => status !== "ok")
    .map(({ check, status }) => `${check} ${status}`);
}

/** Sends a delivery, signed some seconds ago, through the routes of an engine. */
async function deliver(
  { engine }: TestEngine,
  event: JsonObject,
  { secret = TEST_SIGNING_SECRET, ageSeconds = 0 } = {},
): Promise<void> {
  const timestampSeconds = Math.floor(Date.now() / 1_000) - ageSeconds;
  const { body, signatureHeader } = deliveryOf(event, { secret, timestampSeconds });
  const headers = { "stripe-signature": signatureHeader };
  const request = new Request("http://localhost/stripe/webhook", { method: "POST", headers, body });
  expect((await engine.handleHttp(request, null)).status).toBe(200);
}

const paid = (overrides: JsonObject = {}) =>
  stripeEvent("checkout.session.completed", checkoutSession(), overrides);

const variablesBefore = { ...process.env };
const resetVariables = (): void => {
  for (const name of Object.keys(process.env)) {
    if (!(name in variablesBefore)) {
      delete process.env[name];
    }
  }
  Object.assign(process.env, variablesBefore);
};
const setVariables = (variables: Record<string, string | undefined>): void => {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  }
};

test("Q5 the page lists every check", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/doctor.md"), "utf8");
  expect(Object.keys(CHECKS).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

describe("Q5 what Stripe says", () => {
  const OWN = "https://pay.example";
  const HEALTHY = { CONVEX_SITE_URL: OWN, TOLLGATE_ORIGINS: "https://app.example" };
  let world: GatewayWithStripe;
  const endpoint = (overrides: JsonObject = {}): JsonObject => ({
    ...{ id: "we_1", object: "webhook_endpoint", url: `${OWN}/stripe/webhook`, status: "enabled" },
    ...{ api_version: CURRENT_API_VERSION, enabled_events: [...RULED_TYPES] },
    ...overrides,
  });
  const setEndpoints = (...endpoints: JsonObject[]) =>
    world.stripe.objects.set("/v1/webhook_endpoints", listOf(endpoints));
  const setPrices = (...names: string[]) =>
    world.stripe.objects.set(
      "/v1/prices",
      listOf(
        names.map((name) => {
          const interval = name.endsWith("monthly") ? "month" : "year";
          return price({ lookup_key: name, recurring: { interval, interval_count: 1 } });
        }),
      ),
    );
  const heal = (): void => {
    const { stripe, gateway } = world;
    stripe.fault = () => undefined;
    stripe.nowMs = gateway.time.clock.nowMs;
    setEndpoints(endpoint());
    setPrices(
      "professional_monthly",
      "professional_yearly",
      "enterprise_monthly",
      "enterprise_yearly",
    );
    setVariables({ ...HEALTHY, STRIPE_API_URL: stripe.url });
  };
  const examine = async () => (await world.gateway.call("doctor:run")) as Check[];

  beforeAll(async () => {
    world = await openGatewayWithStripe(internalFunctions);
    heal();
    const { gateway } = world;
    await deliver(gateway, paid());
    // Its cron compares the ledger at once.
    await gateway.engine.start();
    await eventually(async () => {
      await gateway.time.advance(100);
      expect(await gateway.call("reconcile:status")).toMatchObject({ run: { state: "done" } });
    });
  });
  afterEach(heal);
  afterAll(async () => {
    await world.close();
    resetVariables();
  });

  test("Q5 a healthy gateway has no finding, and every check that can be made there is made", async () => {
    const checks = await examine();
    expect(found(checks)).toEqual([]);
    const wanted = Object.entries(CHECKS).filter(([, { by }]) => by !== "host");
    expect(checks.map(({ check }) => check).toSorted()).toEqual(
      wanted.map(([name]) => name).toSorted(),
    );
    expect(JSON.stringify(checks)).not.toMatch(/sk_test_|whsec_/);
  });

  const faults: [fault: string, finding: string, plant: () => void][] = [
    ["a key that Stripe refuses", "stripe_api fail", () => answer(/events/, 401)],
    ["a key that may not read events", "stripe_api fail", () => answer(/events/, 403)],
    [
      "a Stripe that is not reached",
      "stripe_api fail",
      () => setVariables({ STRIPE_API_URL: "http://127.0.0.1:9" }),
    ],
    ["a clock 20 s ahead", "clock warn", () => skew(-20)],
    ["a clock two minutes behind", "clock fail", () => skew(120)],
    ["no endpoint", "webhook_endpoint fail", () => setEndpoints()],
    [
      "an endpoint that is disabled",
      "webhook_endpoint fail",
      () => setEndpoints(endpoint({ status: "disabled" })),
    ],
    [
      "an endpoint of another address",
      "webhook_endpoint fail",
      () => setEndpoints(endpoint({ url: "https://old.example/stripe/webhook" })),
    ],
    [
      "an endpoint of another API version",
      "webhook_api_version warn",
      () => setEndpoints(endpoint({ api_version: "2020-08-27" })),
    ],
    [
      "an endpoint that lacks the end of subscriptions",
      "webhook_events fail",
      () => setEndpoints(endpoint({ enabled_events: without("customer.subscription.deleted") })),
    ],
    [
      "an endpoint that lacks refunds",
      "webhook_events warn",
      () => setEndpoints(endpoint({ enabled_events: without("charge.refunded") })),
    ],
    [
      "a key that may not read endpoints",
      "webhook_endpoint warn",
      () => answer(/webhook_endpoints/, 403),
    ],
    [
      "a catalog with prices that Stripe lacks",
      "catalog_prices fail",
      () => setPrices("professional_monthly"),
    ],
    [
      "a price that is paid by the year and offered by the month",
      "offers fail",
      () => {
        setPrices("professional_yearly", "enterprise_monthly", "enterprise_yearly");
        const { data } = world.stripe.objects.get("/v1/prices") as { data: JsonObject[] };
        const recurring = { interval: "year", interval_count: 1 };
        data.push(price({ lookup_key: "professional_monthly", recurring }));
      },
    ],
  ];
  test.each(faults)("Q5 %s is found: %s", async (_fault, finding, plant) => {
    plant();
    const checks = await examine();
    expect(found(checks)).toEqual([finding]);
    expect(checks.find(({ status }) => status !== "ok")?.whatToDo).not.toBe("");
  });

  function answer(path: RegExp, status: number): void {
    world.stripe.fault = (asked) => (path.test(asked) ? { status } : undefined);
  }

  function skew(seconds: number): void {
    const { clock } = world.gateway.time;
    world.stripe.nowMs = () => clock.nowMs() + seconds * 1_000;
  }

  function without(type: string): string[] {
    return RULED_TYPES.filter((each) => each !== type);
  }
});

describe("Q5 what is stored and set", () => {
  const examine = async (gateway: TestEngine, atMs = Date.now()) =>
    (await gateway.call("doctor:stored", { atMs })) as Check[];
  const statusOf = async (gateway: TestEngine, name: string, atMs?: number) =>
    (await examine(gateway, atMs)).find(({ check }) => check === name)?.status;

  afterEach(() => {
    resetVariables();
    setDateNow(null);
  });

  const faults: [
    fault: string,
    check: string,
    status: Status,
    plant: (gateway: TestEngine) => unknown,
  ][] = [
    [
      "a signing secret that is missing",
      "signing_secret",
      "fail",
      () => setVariables({ STRIPE_WEBHOOK_SECRET: undefined }),
    ],
    [
      "one that is cut short",
      "signing_secret",
      "fail",
      () => setVariables({ STRIPE_WEBHOOK_SECRET: "whsec_short" }),
    ],
    [
      "an old one that was never retired",
      "signing_secret_retired",
      "warn",
      async (gateway) => {
        setVariables({ STRIPE_WEBHOOK_SECRET: `${OTHER_SECRET},${TEST_SIGNING_SECRET}` });
        await deliver(gateway, paid());
        const laterMs = Date.now() + 2 * DAY_MS;
        setDateNow(() => laterMs);
        await deliver(gateway, paid(), { secret: OTHER_SECRET });
        return laterMs;
      },
    ],
    [
      "one that signs in both modes",
      "signing_secret_modes",
      "warn",
      async (gateway) => {
        await deliver(gateway, paid());
        await deliver(gateway, paid({ livemode: true }));
      },
    ],
    [
      "deliveries of the other mode only",
      "mode",
      "fail",
      async (gateway) => {
        await deliver(gateway, paid({ livemode: true }));
      },
    ],
    [
      "plans of the other mode",
      "data_mode",
      "fail",
      async (gateway) => {
        const planId = await gateway.call("plans:open", { ownerId: "ann" });
        const session = checkoutSession({ client_reference_id: planId });
        await deliver(gateway, stripeEvent("checkout.session.completed", session));
        setVariables({ STRIPE_SECRET_KEY: LIVE_KEY });
      },
    ],
    [
      "a key of one mode and STRIPE_MODE of the other",
      "mode",
      "fail",
      () => setVariables({ STRIPE_MODE: "live" }),
    ],
    ["no API key", "stripe_key", "warn", () => setVariables({ STRIPE_SECRET_KEY: undefined })],
    [
      "live mode at an address that is not Stripe's",
      "stripe_address",
      "fail",
      () => setVariables({ STRIPE_SECRET_KEY: LIVE_KEY, STRIPE_API_URL: "https://proxy.example" }),
    ],
    [
      "buyers who come back to their own machine",
      "own_address",
      "fail",
      () => setVariables({ STRIPE_SECRET_KEY: LIVE_KEY, CONVEX_SITE_URL: "http://127.0.0.1:8787" }),
    ],
    [
      "no origin to come back to",
      "return_origins",
      "warn",
      () => setVariables({ TOLLGATE_ORIGINS: undefined }),
    ],
    [
      "a dead letter",
      "dead_letters",
      "fail",
      async (gateway) => {
        await deliver(gateway, stripeEvent("customer.subscription.updated", { object: "?" }));
      },
    ],
    [
      "an event that fails",
      "failing_events",
      "warn",
      async (gateway) => {
        await keepFailed(gateway);
      },
    ],
    [
      "an event without effect since two days",
      "oldest_unapplied",
      "fail",
      async (gateway) => {
        await keepFailed(gateway);
        return Date.now() + 2 * DAY_MS;
      },
    ],
    [
      "deliveries in another API version",
      "api_version",
      "warn",
      async (gateway) => {
        await deliver(gateway, paid({ api_version: "2020-08-27" }));
      },
    ],
    [
      "deliveries that come minutes after they were signed",
      "delivery_delay",
      "fail",
      async (gateway) => {
        await deliver(gateway, paid(), { ageSeconds: 250 });
      },
    ],
  ];
  /** A plant may say at what time it shows. */
  test.each(faults)("Q5 %s is found: %s %s", async (_fault, check, status, plant) => {
    const gateway = openTestEngine(internalFunctions);
    setVariables({
      ...{
        STRIPE_SECRET_KEY: "sk_test_onlyForTests0123456789",
        TOLLGATE_ORIGINS: "https://a.example",
      },
      CONVEX_SITE_URL: "https://pay.example",
    });
    expect(await statusOf(gateway, check)).toBe("ok");
    const atMs = await plant(gateway);
    expect(await statusOf(gateway, check, typeof atMs === "number" ? atMs : Date.now())).toBe(
      status,
    );
  });

  async function keepFailed(gateway: TestEngine): Promise<void> {
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    const delivery = deliveryOf(paid(), { timestampSeconds });
    await gateway.call("events:keepFailed", { ...delivery, reason: "planted" });
  }
});

describe("Q5 what the machine says", () => {
  /** A directory with a database, as a gateway leaves it. */
  function dataDirectory(): string {
    const folder = temporaryFolder();
    const store = openNodeSqliteStore({ path: join(folder, "tollgate.sqlite") });
    store.exec("CREATE TABLE convex_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT");
    store.close();
    return folder;
  }
  const examine = (folder: string, variables: Record<string, string> = {}) =>
    examineHost({ TOLLGATE_DATA: folder, TOLLGATE_SANDBOX: "off", ...variables }).checks.filter(
      // How full this machine's disk is, is not this test's.
      ({ check }) => check !== "disk",
    );

  test("Q5 a healthy machine has no finding, and its secrets are shown by fingerprint and age", () => {
    const variables = { TOLLGATE_ADMIN_KEY: "f3a9c1d7e2b84605f3a9c1d7e2b84605" };
    const folder = dataDirectory();
    const secret = `tollgate_link_${"0123456789abcdef".repeat(4)}`;
    writeFileSync(join(folder, "link-secret"), `${secret}\n`, { mode: 0o600 });
    const checks = examine(folder, variables);
    expect(found(checks)).toEqual([]);
    expect(checks.find(({ check }) => check === "data_directory")?.detail).toMatch(
      /link-secret [0-9a-f]{12}, \d s old/,
    );
    expect(JSON.stringify(checks)).not.toMatch(/0123456789abcdef|f3a9c1d7/);
  });

  const byVariables: [fault: string, finding: string, variables: Record<string, string>][] = [
    ["a malformed signing secret", "signing_secret fail", { STRIPE_WEBHOOK_SECRET: "whsec_x" }],
    ["a publishable key", "stripe_key fail", { STRIPE_SECRET_KEY: "pk_test_0123456789abcdef" }],
    ["a live key in test mode", "mode fail", { STRIPE_SECRET_KEY: LIVE_KEY, STRIPE_MODE: "test" }],
    ["a key that is too short", "admin_key fail", { TOLLGATE_ADMIN_KEY: "short" }],
    ["a key that can be guessed", "admin_key warn", { TOLLGATE_ADMIN_KEY: "a".repeat(40) }],
    [
      "a sandbox beside a real key",
      "sandbox fail",
      { TOLLGATE_SANDBOX: "on", STRIPE_SECRET_KEY: LIVE_KEY },
    ],
    ["origins that are none", "return_origins fail", { TOLLGATE_ORIGINS: "app.example" }],
    ["a misspelt variable", "configuration warn", { TOLLGATE_ADMINKEY: "x" }],
  ];
  test.each(byVariables)("Q5 %s is found: %s", (_fault, finding, variables) => {
    const checks = examine(dataDirectory(), variables);
    expect(found(checks)).toEqual([finding]);
    expect(JSON.stringify(checks)).not.toMatch(/whsec_x|pk_test_0|sk_live_o|aaaaaaaa/);
  });

  test("Q5 a sandbox that others reach is found", () => {
    const variables = { TOLLGATE_SANDBOX: "on", HOST: "0.0.0.0" };
    expect(found(examine(join(temporaryFolder(), "new"), variables))).toEqual([
      "sandbox fail",
      "data_directory warn",
    ]);
  });

  const byFiles: [fault: string, finding: string, plant: (folder: string) => unknown][] = [
    [
      "a data directory that is a file",
      "data_directory fail",
      (folder) => {
        writeFileSync(join(folder, "file"), "");
        return join(folder, "file");
      },
    ],
    [
      "a secret that others may read",
      "data_directory fail",
      (folder) => {
        writeFileSync(join(folder, "admin-key"), `tollgate_admin_${"0".repeat(64)}\n`);
        chmodSync(join(folder, "admin-key"), 0o644);
      },
    ],
    [
      "plans of a sandbox beside a real signing secret",
      "data_stripe fail",
      (folder) => writeFileSync(join(folder, "sandbox.sqlite"), ""),
    ],
    [
      "a database of another format",
      "storage fail",
      (folder) => {
        const store = openNodeSqliteStore({ path: join(folder, "tollgate.sqlite") });
        store.exec("INSERT INTO convex_meta VALUES ('storage_format', '1')");
        store.close();
      },
    ],
    [
      "a file that is no database",
      "storage fail",
      (folder) => writeFileSync(join(folder, "tollgate.sqlite"), "text ".repeat(1_000)),
    ],
    [
      "a database in use",
      "storage warn",
      (folder) => {
        mkdirSync(join(folder, "used"));
        busy = openNodeSqliteStore({ path: join(folder, "used", "tollgate.sqlite") });
        return join(folder, "used");
      },
    ],
  ];
  let busy: ReturnType<typeof openNodeSqliteStore> | null = null;
  afterEach(() => busy?.close());
  test.each(byFiles)("Q5 %s is found: %s", (_fault, finding, plant) => {
    const folder = dataDirectory();
    const planted = plant(folder);
    const variables = { STRIPE_WEBHOOK_SECRET: TEST_SIGNING_SECRET };
    expect(found(examine(typeof planted === "string" ? planted : folder, variables))).toEqual([
      finding,
    ]);
  });

  test.each([
    [100, 500_000, "fail"],
    [1_000, 4_000, "warn"],
    [10_000, 500_000, "warn"],
    [100_000, 500_000, "ok"],
  ])("Q5 a disk with %i of %i MiB free: %s", (freeMib, sizeMib, status) => {
    const [freeBytes, sizeBytes] = [freeMib * 2 ** 20, sizeMib * 2 ** 20];
    expect(diskSpaceCheck({ freeBytes, sizeBytes }).status).toBe(status);
  });

  test("Q5 a key of an admin that nobody uses is found, and so is one that is old", () => {
    const key = { role: "admin", expiresAtMs: null, isGiven: false } as const;
    const atMs = 1_000 * DAY_MS;
    const check = (name: string, createdDay: number, usedDay: number | null) =>
      adminKeysCheck(
        [
          {
            ...{ ...key, name, createdAtMs: createdDay * DAY_MS },
            lastUsedAtMs: usedDay === null ? null : usedDay * DAY_MS,
          },
        ],
        atMs,
      );
    expect(check("ann", 900, 999).status).toBe("ok");
    expect(check("ann", 800, null)).toMatchObject({
      status: "warn",
      whatToDo: expect.stringContaining("revoke ann"),
    });
    expect(check("ann", 100, 999)).toMatchObject({
      status: "warn",
      whatToDo: expect.stringContaining("Rotate"),
    });
  });
});
