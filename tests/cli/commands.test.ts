import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Output } from "../../src/cli/Output.ts";
import { Progress } from "../../src/cli/Progress.ts";
import { signDelivery } from "../../src/stripe/signDelivery.ts";
import { stripeEvent } from "../fixtures/stripe.ts";
import { eventually } from "../support/eventually.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
  TEST_ADMIN_KEY,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { spawnTollgate, tollgate } from "../support/tollgateCli.ts";

let gateway: GatewayProcess;
let sandbox: string;
let environment: Record<string, string>;
const run = (...args: string[]) => tollgate(args, environment);
const json = async (...args: string[]) => JSON.parse((await run(...args, "--json")).stdout);

beforeAll(async () => {
  gateway = await startGatewayProcess(await temporaryDirectory(), {
    STRIPE_WEBHOOK_SECRET: undefined,
    TOLLGATE_SANDBOX: undefined,
  });
  sandbox = /the sandbox at (http:\S+?),/.exec(gateway.output())?.[1] ?? "";
  environment = { TOLLGATE_URL: gateway.url, TOLLGATE_ADMIN_KEY: TEST_ADMIN_KEY };
});
afterAll(async () => await gateway.kill());

/** Delivers a signed event about a subscription that cannot be read: it is dead at once. */
async function deliverUnreadable(id: string): Promise<string> {
  const event = stripeEvent("customer.subscription.updated", { id, object: "subscription" });
  const secret = readFileSync(join(gateway.dataDirectory, "webhook-secret"), "utf8").trim();
  const body = JSON.stringify(event);
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const signatureHeader = signDelivery({ body, secret, timestampSeconds });
  expect((await gateway.deliver({ body, signatureHeader })).status).toBe(200);
  return String(event["id"]);
}

describe("with a gateway that runs", () => {
  test("Q12 Q15 a purchase whose delivery was lost is found missing, reconciled, shown and explained", async () => {
    await fetch(`${sandbox}/sandbox/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ kind: "drop", count: 50 }),
    });
    const trigger = ["trigger", "customer.subscription.created", "--owner", "ann"];
    await tollgate([...trigger, "--sandbox", sandbox]);
    expect((await run("events", "--of", "ann")).stdout).toContain("No event");
    expect(await json("plans", "list", "ann")).toMatchObject([{ planType: "free" }]);

    const reason = "Ann paid and has no plan";
    const reconciled = await run("reconcile", "--subscriptions", "--reason", reason);
    expect(reconciled).toMatchObject({ code: 0, stderr: "" });
    expect(reconciled.stdout).toMatch(/^done: \d+ seen, [1-9]\d* new/);
    expect(await json("reconcile", "--status")).toMatchObject({ lagSeconds: 0 });

    const [event] = await json("events", "--of", "ann", "--type", "customer.subscription.created");
    const shown = await run("events", "show", event.stripeEventId);
    expect(shown.stdout).toMatch(/plan +\w+ of ann, professional/);
    expect((await run("plans", "show", "ann")).stdout).toMatch(/subscription +sub_\w+ +active/);
    expect((await run("plans", "explain", "ann")).stdout).toContain("This plan is professional");
    const refetch = ["plans", "refetch", event.objectId, "--reason", "looks stale"];
    expect(await run(...refetch)).toMatchObject({ code: 0 });
    const actions = (await json("actions")) as { functionPath: string; reason: string }[];
    expect(actions).toContainEqual(
      expect.objectContaining({ functionPath: "reconcile.js:run", reason }),
    );
    expect(actions).toContainEqual(
      expect.objectContaining({ functionPath: "refetch.js:now", reason: "looks stale" }),
    );
  });

  test("Q12 Q15 an event is retried, marked dead, left alone by a replay of many, and replayed", async () => {
    const eventId = await deliverUnreadable("sub_unreadable1");
    const retried = await run("events", "retry", eventId, "--reason", "a try");
    expect(retried).toMatchObject({ code: 0, stdout: "The event is dead.\n" });
    expect((await run("events", "dead", eventId)).stderr).toContain("give a --reason");
    const dead = ["events", "dead", eventId, "--reason", "an old shape"];
    expect(await run(...dead)).toMatchObject({ code: 0 });
    expect(await json("events", "--status", "dead")).toMatchObject([
      { stripeEventId: eventId, statusReason: "marked_dead: an old shape" },
    ]);
    const replay = await run("events", "replay", "--status", "dead", "--reason", "mended");
    expect(replay).toMatchObject({ code: 0, stdout: "done: 0 replayed, 0 failed, 1 skipped\n" });
    expect((await run("events", "cancel")).stderr).toContain("replay_not_running");
    expect(await run("events", "replay", eventId)).toMatchObject({ code: 0 });
    const [{ statusReason }] = await json("events", "--of", eventId);
    expect(statusReason).toBe("object_unreadable");
    const reasons = ((await json("actions")) as { reason: string }[]).map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(["a try", "an old shape", "mended"]));
    expect((await run("audit")).code).toBe(0);
  });

  test("Q12 run acts as a user, guesses a name, and follows a query; tail follows the ledger", async () => {
    const upgrade = ["run", "plans:upgrade", '{"plan":"professional","interval":"month"}'];
    expect(await run(...upgrade)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not_signed_in"),
    });
    expect((await json(...upgrade, "--as", "walter")).url).toContain(sandbox);
    expect((await run("run", "plans:opne", "{}")).stderr).toBe(
      "There is no function plans:opne: did you mean plans:open? (function_not_found)\n",
    );

    const watch = spawnTollgate(["run", "dashboard:ledgerSize", "--watch", "--json"], environment);
    const tail = spawnTollgate(["events", "tail", "--json"], environment);
    await eventually(async () => {
      expect(watch.output().stdout).not.toBe("");
      expect(tail.output().stderr).toContain("Watching");
    });
    const before = Number(watch.output().stdout);
    const eventId = await deliverUnreadable("sub_unreadable2");
    await eventually(async () => {
      expect(watch.output().stdout).toBe(`${before}\n${before + 1}\n`);
      expect(JSON.parse(tail.output().stdout)).toMatchObject({ stripeEventId: eventId });
    });
    watch.child.kill();
    tail.child.kill();
    const shown = await run("logs", "--no-follow", "--function", "events:ingest");
    expect(shown.stdout).toMatch(/Z {2}Mutation {3}events:ingest {2}[\d.]+ ms/);
  });

  test("Q12 a command that follows ends with 3 when its key is revoked", async () => {
    const { key } = await json("keys", "create", "guest", "--role", "read-only");
    const guest = { ...environment, TOLLGATE_ADMIN_KEY: key };
    const watch = spawnTollgate(["run", "plans:get", "--watch", '{"planId":"x"}'], guest);
    expect((await watch.ended).code).toBe(1);
    const tail = spawnTollgate(["events", "tail"], guest);
    await eventually(async () => expect(tail.output().stderr).toContain("Watching"));
    expect((await tollgate(["retention", "--days", "9"], guest)).code).toBe(1);
    await run("keys", "revoke", "guest");
    expect(await tail.ended).toMatchObject({ code: 3 });
  });
});

describe("Q12 what a place does not have is refused with a code", () => {
  test("in a data directory", async () => {
    const data = await temporaryDirectory();
    const first = await startGatewayProcess(data);
    await first.stop();
    const codeOf = async (...args: string[]) => {
      const { code, stderr } = await tollgate([...args, "--data", data, "--json"]);
      return [code, JSON.parse(stderr).error.code];
    };
    for (const args of [
      ["events", "tail"],
      ["events", "replay", "--status", "dead"],
    ]) {
      expect(await codeOf(...args)).toEqual([1, "not_in_data_directory"]);
    }
    expect(await codeOf("run", "inbox:counts", "--watch")).toEqual([1, "not_in_data_directory"]);
    expect(await codeOf("events", "show", "evt_none")).toEqual([1, "event_not_found"]);
    expect(await codeOf("reconcile")).toEqual([2, "usage"]);
    const upgrade = ["run", "plans:upgrade", '{"plan":"professional","interval":"month"}'];
    expect(await codeOf(...upgrade)).toEqual([1, "not_signed_in"]);
    // Whoever is signed in comes further: to the address that only a gateway that runs has.
    const asAnn = await tollgate([...upgrade, "--as", '{"subject":"ann"}', "--data", data]);
    expect(asAnn.stderr).toContain("the gateway does not know its own address");
    expect(await tollgate(["events", "--data", data])).toMatchObject({ code: 0, stderr: "" });
  });

  test("on a Convex deployment", async () => {
    // What a deployment of Convex's answers to what only a gateway knows.
    const convex = createServer((request, response) => {
      response.statusCode = request.url === "/instance_name" ? 200 : 404;
      response.end(request.url === "/instance_name" ? "happy-animal-123" : "");
    });
    await new Promise<void>((resolve) => convex.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(convex.address() as AddressInfo).port}`;
    for (const command of ["keys", "actions"]) {
      const answer = await tollgate([command, "--url", url, "--admin-key", "k", "--json"]);
      expect(answer.code).toBe(1);
      expect(JSON.parse(answer.stderr).error.code).toBe("not_on_convex");
    }
    convex.close();
  });
});

describe("Q12 for people", () => {
  test("colours are for terminals, FORCE_COLOR has them everywhere, --no-color and --json nowhere", async () => {
    const forced = { ...environment, FORCE_COLOR: "1" };
    const isColoured = async (env: Record<string, string>, ...args: string[]) =>
      (await tollgate(["plans", "show", "ann", ...args], env)).stdout.includes("\u001b[");
    expect(await isColoured(environment)).toBe(false);
    expect(await isColoured(forced)).toBe(true);
    expect(await isColoured(forced, "--no-color")).toBe(false);
    expect(await isColoured(forced, "--json")).toBe(false);
  });
});

test("Q12 progress is a bar on a terminal, and elsewhere silent for the first seconds", () => {
  const written = (isTTY: boolean) => {
    let text = "";
    const stderr = new Writable({
      write: (chunk: Buffer, _, done) => {
        text += chunk.toString();
        done();
      },
    });
    const out = new Output({ stdout: stderr, stderr: Object.assign(stderr, { isTTY }) }, false);
    const progress = new Progress(out, "events");
    progress.update(1, 4);
    progress.update(2, 4);
    progress.stop();
    return text;
  };
  expect(written(true)).toMatch(/25% \| 1\/4 events/);
  expect(written(false)).toBe("");
});

test("Q12 start runs the gateway, and says where as JSON", async () => {
  const data = await temporaryDirectory();
  const started = spawnTollgate(["start", "--data", data, "--json"], {
    ...{ PORT: "0", TOLLGATE_SANDBOX: "off" },
  });
  const ready = await eventually(async () =>
    JSON.parse(started.output().stdout.split("\n")[0] ?? ""),
  );
  expect((await fetch(`${ready.url}/healthz`)).status).toBe(200);
  started.child.kill("SIGTERM");
  expect((await started.ended).code).toBe(0);
});
