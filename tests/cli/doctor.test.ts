import { afterAll, beforeAll, expect, test } from "vitest";
import type { Check } from "../../src/internal/doctor/Check.ts";
import { deliveryOf, stripeEvent, subscription } from "../fixtures/stripe.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
  TEST_ADMIN_KEY,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { tollgate } from "../support/tollgateCli.ts";

interface Told {
  deployment: string;
  checks: Check[];
  notChecked: { check: string; why: string }[];
}

let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startGatewayProcess(await temporaryDirectory());
});
afterAll(async () => await gateway.kill());

const doctor = (environment: Record<string, string>, ...args: string[]) =>
  tollgate(["doctor", ...args], environment);

test("Q5 doctor examines a gateway that runs, by any key, and says what it could not check", async () => {
  const place = { TOLLGATE_URL: gateway.url };
  const asAdmin = { ...place, TOLLGATE_ADMIN_KEY: TEST_ADMIN_KEY };
  const args = ["keys", "create", "reader", "--role", "read-only"];
  const readerKey = (await tollgate(args, asAdmin)).stdout.trim();
  const healthy = await doctor(asAdmin, "--json");
  const asReader = await doctor({ ...place, TOLLGATE_ADMIN_KEY: readerKey }, "--json");
  expect([healthy.code, asReader.code]).toEqual([0, 0]);
  const told = JSON.parse(healthy.stdout) as Told;
  const statuses = new Map(told.checks.map(({ check, status }) => [check, status]));
  expect(statuses.get("signing_secret")).toBe("ok");
  expect(statuses.get("stripe_key")).toBe("warn");
  expect(statuses.get("disk")).toBeDefined();
  expect(told.checks.find(({ check }) => check === "admin_keys")?.detail).toContain("reader");
  expect(told.notChecked).toContainEqual({
    check: "data_directory",
    why: expect.stringContaining("on the machine itself"),
  });
  const why = (JSON.parse(asReader.stdout) as Told).notChecked.find(
    ({ check }) => check === "clock",
  );
  expect(why?.why).toContain("not read-only");
  expect(healthy.stdout).not.toMatch(/whsec_|test_admin_key/);
});

test("Q5 doctor exits with 1 when a check fails, and tells what to do", async () => {
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const unreadable = stripeEvent("customer.subscription.updated", { ...subscription(), id: null });
  await gateway.deliver(deliveryOf(unreadable, { timestampSeconds }));
  const [failing, inUse, misconfigured] = await Promise.all([
    doctor({ TOLLGATE_URL: gateway.url, TOLLGATE_ADMIN_KEY: TEST_ADMIN_KEY }),
    doctor({}, "--data", gateway.dataDirectory),
    doctor({ STRIPE_WEBHOOK_SECRET: "whsec_x" }, "--data", gateway.dataDirectory, "--json"),
  ]);
  expect(failing.code).toBe(1);
  expect(failing.stdout).toMatch(/fail +Dead letters: .*: 1\.\n +Open them/);
  expect(inUse.code).toBe(0);
  expect(inUse.stdout).toContain("Give its address");
  expect(misconfigured.code).toBe(1);
  expect((JSON.parse(misconfigured.stdout) as Told).checks).toContainEqual(
    expect.objectContaining({ check: "signing_secret", status: "fail" }),
  );
});

test("Q5 doctor examines what is stored where no gateway runs", async () => {
  const { dataDirectory } = gateway;
  await gateway.stop();
  const { code, stdout } = await doctor({ TOLLGATE_SANDBOX: "off" }, "--data", dataDirectory);
  expect(code).toBe(1);
  expect(stdout).toMatch(/ok +Database: .*\n/);
  expect(stdout).toMatch(/fail +Dead letters/);
});
