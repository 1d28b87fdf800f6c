import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownerDigestOf } from "../../src/internal/guard/guardedDatabase.ts";
import {
  checkoutSession,
  customer,
  deliveryOf,
  type JsonObject,
  stripeEvent,
  subscription,
  TEST_SIGNING_SECRET,
} from "../fixtures/stripe.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
  TEST_ADMIN_KEY,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { tollgate } from "../support/tollgateCli.ts";

async function deliver(gateway: GatewayProcess, event: JsonObject): Promise<void> {
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  expect((await gateway.deliver(deliveryOf(event, { timestampSeconds }))).status).toBe(200);
}

/** Two owners who paid, each with events that hold an e-mail address. */
async function fill(gateway: GatewayProcess): Promise<Record<"ann" | "bob", string>> {
  const plans = { ann: "", bob: "" };
  for (const name of ["ann", "bob"] as const) {
    const planId = (await gateway.run("plans:open", { ownerId: `${name}@example.org` })) as string;
    plans[name] = planId;
    const session = checkoutSession({
      id: `cs_${name}`,
      customer: `cus_${name}`,
      payment_intent: `pi_${name}`,
      client_reference_id: planId,
      customer_details: { email: `${name}@example.org` },
    });
    await deliver(gateway, stripeEvent("checkout.session.completed", session));
    const email = `${name}@example.org`;
    await deliver(gateway, stripeEvent("customer.updated", customer({ id: `cus_${name}`, email })));
  }
  return plans;
}

describe("with a gateway that runs", () => {
  let gateway: GatewayProcess;
  let plans: Record<"ann" | "bob", string>;
  const run = (...args: string[]) =>
    tollgate(args, {
      CONVEX_SELF_HOSTED_URL: gateway.url,
      CONVEX_SELF_HOSTED_ADMIN_KEY: TEST_ADMIN_KEY,
    });

  beforeAll(async () => {
    gateway = await startGatewayProcess(await temporaryDirectory());
    plans = await fill(gateway);
  });
  afterAll(async () => await gateway.kill());

  test("X3 audit is clean, tells its rate, and exits with 0", async () => {
    const { code, stdout } = await run("audit");
    expect(stdout).toContain("Clean: everything follows from verified events.");
    expect(stdout).toMatch(/events {4}4: 4 proven by their signature, 0 by their hash only/);
    expect(stdout).toMatch(/speed {5}[\d,]+ events a second/);
    expect(code).toBe(0);
  });

  test("X3 audit reads consistently while deliveries come in", async () => {
    const stop = { now: false };
    const deliveries = (async () => {
      for (let number = 0; !stop.now; number++) {
        const object = subscription({ id: `sub_${number % 7}`, customer: `cus_${number % 3}` });
        await deliver(gateway, stripeEvent("customer.subscription.updated", object));
      }
      return true;
    })();
    const results = [];
    for (let round = 0; round < 3; round++) {
      results.push(await run("audit", "--json"));
    }
    stop.now = true;
    expect(await deliveries).toBe(true);
    const reports = results.map(({ stdout }) => JSON.parse(stdout));
    expect(reports.map(({ findings }) => findings)).toEqual([[], [], []]);
    expect(reports[2].proofs.signature).toBeGreaterThan(reports[0].proofs.signature);
  });

  test("X7 audit --policy shows which plans another policy would decide otherwise, and changes none", async () => {
    const file = join(await temporaryDirectory(), "policy.json");
    await writeFile(file, '{"purchase_disputed":{"grants":true}}');
    const args = ["audit", "--policy", file, "--json"];
    const dispute = { id: "du_ann", object: "dispute", status: "needs_response", amount: 1_900 };
    const about = { ...dispute, payment_intent: "pi_ann", charge: "ch_ann" };
    await deliver(gateway, stripeEvent("charge.dispute.created", about));
    const before = await gateway.run("plans:get", { planId: plans.ann });
    expect(before).toMatchObject({ planType: "free" });
    const { underPolicy } = JSON.parse((await run(...args)).stdout);
    expect(underPolicy).toMatchObject([
      { planId: plans.ann, from: "free", to: "professional", fromRule: "purchase_disputed" },
    ]);
    expect((await run("audit", "--policy", file)).stdout).toMatch(
      /Under the other policy 1 plans are of another type\n {2}\w+ {2}free → professional/,
    );
    expect(await gateway.run("plans:get", { planId: plans.ann })).toEqual(before);
    const won = { ...about, status: "won" };
    await deliver(gateway, stripeEvent("charge.dispute.closed", won));
    expect(JSON.parse((await run(...args)).stdout).underPolicy).toEqual([]);

    await writeFile(file, '{"purchase_disputed":{"grant":true}}');
    const wrong = await run("audit", "--policy", file);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("is not known") });
  });

  test("explain says why, by any id, and exits with 1 for an unknown one", async () => {
    const { code, stdout } = await run("explain", "cus_ann");
    expect(stdout).toContain(`Plan ${plans.ann}`);
    expect(stdout).toContain("This plan is professional");
    expect(code).toBe(0);
    expect(JSON.parse((await run("explain", "cus_ann", "--json")).stdout).plan._id).toBe(plans.ann);
    const unknown = await run("explain", "cus_unknown");
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("plan_not_found");
  });

  test("X6 export writes everything about one customer and nothing about another", async () => {
    const { code, stdout } = await run("export", "--about", "cus_ann");
    expect(code).toBe(0);
    const data = JSON.parse(stdout);
    expect(data.events).toHaveLength(4);
    expect(data.events[0].body).toContain("ann@example.org");
    expect(data.plans).toMatchObject([{ _id: plans.ann, ownerId: "ann@example.org" }]);
    expect(data.checkoutSessions).toHaveLength(1);
    expect(stdout).not.toContain("bob");
  });

  test("X6 erase removes bodies and owner, leaves a tombstone, and the audit stays clean", async () => {
    const shown = await run("erase", "cus_ann", "--reason", "request 17");
    expect(shown.stdout).toContain("Would erase 4 bodies and 1 owner ids of cus_ann");
    const before = await gateway.run("plans:get", { planId: plans.ann });
    const done = await run("erase", "cus_ann", "--reason", "request 17", "--yes");
    expect(done).toMatchObject({
      code: 0,
      stdout: "Erased 4 bodies and 1 owner ids of cus_ann.\n",
    });

    const { stdout } = await run("export", "--about", "cus_ann");
    expect(stdout).not.toContain("@example.org");
    const data = JSON.parse(stdout);
    expect(data.erasures).toMatchObject([
      { subject: "cus_ann", reason: "request 17", bodies: 4, owners: 1 },
    ]);
    expect(await gateway.run("plans:get", { planId: plans.ann })).toEqual({
      ...(before as object),
      ownerId: `erased:${plans.ann}`,
      ownerDigest: ownerDigestOf({ ownerId: `erased:${plans.ann}` }),
    });
    expect((await run("explain", "cus_ann")).stdout).toContain("This plan is professional");
    const audited = await run("audit", "--json");
    expect(JSON.parse(audited.stdout)).toMatchObject({ findings: [], proofs: { body_dropped: 4 } });

    const again = await run("erase", "cus_ann", "--reason", "request 17", "--yes");
    expect(again.stdout).toContain("Erased 0 bodies");
    expect((await run("export", "--about", "cus_bob")).stdout).toContain("bob@example.org");
  });

  test("retention says for how long bodies are kept, and drops what is older", async () => {
    expect((await run("retention")).stdout).toBe("Bodies are kept for ever.\n");
    const { code, stdout } = await run("retention", "--days", "30");
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "0 bodies dropped, 0 kept, of events that failed or were changed.\n",
    });
  });

  test("a wrong key, and a data directory in use, are told apart from findings: 3", async () => {
    const wrong = await tollgate(["audit", "--url", gateway.url, "--admin-key", "x".repeat(20)]);
    expect(wrong).toMatchObject({ code: 3, stderr: expect.stringContaining("admin key") });
    const inUse = await tollgate(["audit", "--data", gateway.dataDirectory]);
    expect(inUse.code).toBe(3);
    expect(inUse.stderr).toContain("another Tollgate is using");
    expect(inUse.stderr).toContain("give its address: --url");
  });
});

describe("with a data directory", () => {
  test("X3 audit proves it, and names what somebody wrote into the file: exit code 1", async () => {
    const dataDirectory = await temporaryDirectory();
    const gateway = await startGatewayProcess(dataDirectory);
    await fill(gateway);
    expect(await gateway.stop()).toBe(0);
    const args = ["audit", "--data", dataDirectory];
    const environment = { STRIPE_WEBHOOK_SECRET: TEST_SIGNING_SECRET };
    expect(await tollgate(args, environment)).toMatchObject({ code: 0 });
    const withoutSecret = await tollgate(args);
    expect(withoutSecret.stdout).toContain("0 proven by their signature, 4 by their hash only");
    expect(withoutSecret.code).toBe(0);

    const database = new DatabaseSync(join(dataDirectory, "tollgate.sqlite"));
    const table = database
      .prepare("SELECT number FROM convex_tables WHERE name = 'plans'")
      .get() as { number: number };
    database.exec(
      `UPDATE documents_${table.number} SET json = replace(json, '"professional"', '"enterprise"')`,
    );
    database.close();
    const tampered = await tollgate(args, environment);
    expect(tampered.code).toBe(1);
    expect(tampered.stdout).toContain("4 findings");
    expect(tampered.stdout).toContain("from the ledger follows professional");
  });

  test("that does not exist is told, and not made: exit code 3", async () => {
    const dataDirectory = join(await temporaryDirectory(), "nothing");
    const { code, stderr } = await tollgate(["audit", "--data", dataDirectory]);
    expect(code).toBe(3);
    expect(stderr).toContain("there is no database");
  });
});

describe("wrong usage", () => {
  test.each([
    [["nonsense"], "There is no command nonsense"],
    [["audit", "--nonsense"], "There is no option --nonsense"],
    [["explain"], "name one plan"],
    [["export"], "--path FILE for everything, or --about ID"],
    [["import"], "name one archive"],
    [["erase", "cus_1"], "--reason"],
    [["retention", "--days", "0"], "whole number"],
    [["audit", "--url", "http://127.0.0.1:1"], "--admin-key"],
    [["audit", "--url", "nowhere", "--admin-key", "k"], "not an address"],
  ])("%j is refused with 2", async (args, message) => {
    const { code, stdout, stderr } = await tollgate(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});
